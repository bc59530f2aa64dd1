import { call } from "./api.js";
import { reveal } from "./reveal.js";
import { tell } from "./toasts.js";
import { t } from "./words.js";

const filters = document.querySelector("[data-case-filters]");
const table = document.getElementById("cases");
const one = document.getElementById("case");

function refresh() {
  if (one) return htmx.ajax("GET", `/desk/parts${location.pathname.replace("/desk", "")}`, { source: one, target: one });
  const query = new URLSearchParams(new FormData(filters));
  return htmx.ajax("GET", `/desk/parts/cases?${query}`, { source: table, target: table });
}

async function move(button) {
  button.disabled = true;
  try {
    await call("POST", `cases/${encodeURIComponent(button.dataset.number)}/${button.dataset.caseMove}`, {});
    tell(t(`case_${button.dataset.caseMove}`, { number: button.dataset.number }));
  } catch (error) {
    const key = { 403: "forbidden", 409: "case_moved" }[error.status] ?? "failed_request";
    tell(t(key), "bad");
  }
  refresh();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-case-move]");
  if (button) move(button);
  const eye = target.closest("[data-reveal]");
  if (eye) reveal(eye);
});

// The address keeps what was chosen, for a reload and for colleagues.
filters?.addEventListener("input", () => {
  const chosen = [...new FormData(filters)].filter(([name, value]) => value || name === "status");
  history.replaceState({}, "", `/desk/cases?${new URLSearchParams(chosen)}`);
});

// Rows loaded beyond the first page stay as they are.
document.addEventListener("desk:queue", () => {
  if (!document.hidden && (one || table.querySelectorAll("tbody tr").length <= 51)) refresh();
});
