// Runs before the first paint, so that a dark desk never flashes: the choice kept in this browser, else the system's.
const dark = matchMedia("(prefers-color-scheme: dark)");
let choice = null;
try {
  choice = localStorage.getItem("jieda desk theme");
} catch {
  // A browser that keeps nothing follows the system.
}

function applyTheme(chosen) {
  choice = chosen;
  document.documentElement.dataset.theme = choice ?? (dark.matches ? "dark" : "light");
}

applyTheme(choice);
dark.addEventListener("change", () => applyTheme(choice));
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-switch-theme]")) return;
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  applyTheme(next);
  try {
    localStorage.setItem("jieda desk theme", next);
  } catch {
    // The choice lasts as long as the page.
  }
});
