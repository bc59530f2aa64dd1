// The address keeps the filters, for a reload and for colleagues.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const form = document.querySelector("[data-filters]");
  if (!form || target.id !== form.dataset.filters) return;
  const filled = [...new FormData(form)].filter(([, value]) => value);
  const query = new URLSearchParams(filled);
  history.replaceState({}, "", `${form.getAttribute("action")}${query.size ? `?${query}` : ""}`);
});
