import { make } from "../widget/dom.js";
import { t } from "./words.js";

const STAYS = { good: 4_000, bad: 9_000 };

/** Says something in passing, for a while. */
export function tell(text, kind = "good") {
  const shelf = document.querySelector("[data-toasts]");
  const dismiss = make("button", { type: "button", "aria-label": t("dismiss"), click: () => toast.remove() }, "×");
  const toast = make("div", { class: `toast ${kind}` }, make("span", {}, text), dismiss);
  shelf.append(toast);
  while (shelf.children.length > 3) shelf.firstChild.remove();
  setTimeout(() => toast.remove(), STAYS[kind]);
}
