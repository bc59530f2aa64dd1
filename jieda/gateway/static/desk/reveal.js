import { call } from "./api.js";
import { tell } from "./toasts.js";
import { t } from "./words.js";

/** Shows a customer's details in full in place of the masked ones; `of` is conversations/… or cases/…. Audited. */
export async function reveal(button, of) {
  const place = button.closest("[data-customer]");
  try {
    const found = await call("POST", `${of}/reveal`, {});
    for (const field of place.querySelectorAll("[data-personal]")) {
      const value = found[field.dataset.personal];
      if (value) field.querySelector("bdi").textContent = value;
    }
    button.closest("p").remove();
  } catch (error) {
    tell(t(error.status === 403 ? "forbidden" : "failed_request"), "bad");
  }
}
