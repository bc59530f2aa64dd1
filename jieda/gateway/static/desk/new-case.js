import { call } from "./api.js";
import { tell } from "./toasts.js";
import { t } from "./words.js";

const form = document.querySelector("[data-case-form]");
const trouble = form.querySelector("[data-trouble]");
let key = null; // the same for each try of one case, so that it is opened once

/** Opens a case for the customer; `conversation()` is the one that is open. */
export function startNewCase(conversation) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.textContent = "";
    key ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    try {
      const opened = await call("POST", `${conversation().path}/cases`, { client_request_id: key, ...given });
      key = null;
      form.reset();
      form.closest("dialog").close();
      tell(t("case_opened", { number: opened.number }));
      htmx.trigger("#side", "refresh");
    } catch (error) {
      const known = { 409: "not_yours", 422: "case_invalid" };
      trouble.textContent = t(known[error.status] ?? "failed_request");
    }
  });
}
