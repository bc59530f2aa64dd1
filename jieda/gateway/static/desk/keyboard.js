const SEQUENCE = 1_200; // the second key of a pair comes within this time

const bindings = new Map();
let first = null;
let firstEnds;

/** Binds a key, or two in a row ("g q"), to an action; the latest binding counts. */
export function bind(keys, action) {
  bindings.set(keys, action);
}

/** Where typing goes: keys pressed there are text. */
function takesText(target) {
  return Boolean(target.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]'));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape" && takesText(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (event.ctrlKey || event.altKey || event.metaKey || takesText(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const pair = first && bindings.get(`${first} ${key}`);
  const single = !first && bindings.get(key);
  clearTimeout(firstEnds);
  first = null;
  if (pair || single) {
    event.preventDefault();
    (pair || single)(event);
  } else if ([...bindings.keys()].some((keys) => keys.startsWith(`${key} `))) {
    first = key;
    firstEnds = setTimeout(() => (first = null), SEQUENCE);
  }
});
