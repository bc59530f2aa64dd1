import { call } from "./api.js";
import { tell } from "./toasts.js";
import { t } from "./words.js";

let revealed = { of: "", found: {} };

/** Shows a customer's details in full in place of the masked ones. Audited. */
export async function reveal(button) {
  const of = button.closest("[data-customer]").dataset.customer;
  try {
    revealed = { of, found: await call("POST", `${of}/reveal`, {}) };
  } catch (error) {
    return tell(t(error.status === 403 ? "forbidden" : "failed_request"), "bad");
  }
  return document.querySelectorAll("[data-customer]").forEach(show);
}

function show(place) {
  if (place.dataset.customer !== revealed.of) return;
  for (const field of place.querySelectorAll("[data-personal]")) {
    const value = revealed.found[field.dataset.personal];
    if (value) field.querySelector("bdi").textContent = value;
  }
  place.querySelector("[data-reveal]")?.closest("p").remove();
}

// What changes about a case or conversation hides nothing again; to see another customer is another look.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const places = [...target.querySelectorAll("[data-customer]")];
  if (places.some((place) => place.dataset.customer !== revealed.of)) revealed = { of: "", found: {} };
  places.forEach(show);
});
