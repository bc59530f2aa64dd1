import { ApiError, call } from "./api.js";
import { t } from "./words.js";

const form = document.querySelector("form");
const trouble = document.querySelector("[data-trouble]");
const button = form.querySelector("button[type=submit]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.textContent = "";
  button.setAttribute("aria-disabled", "true");
  const { name, password } = Object.fromEntries(new FormData(form));
  try {
    await call("POST", "session", { name, password });
    location.assign(form.dataset.next);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const known = { sign_in_refused: "refused", invalid: "refused", locked: "locked" };
    trouble.textContent = t(known[error.code] ?? "sign_in_failed");
    form.elements.password.value = "";
    form.elements[error.code === "locked" ? "name" : "password"].focus();
  } finally {
    button.removeAttribute("aria-disabled");
  }
});
