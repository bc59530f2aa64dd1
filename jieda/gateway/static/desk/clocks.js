import { t } from "./words.js";

const OFFSET_NOTE = document.querySelector('meta[name="server-now"]')?.content;
const SKEW = OFFSET_NOTE ? new Date(OFFSET_NOTE) - Date.now() : 0;

/** The desk's time, whatever this computer's clock says. */
export const now = () => Date.now() + SKEW;

/** A span of time in its two largest parts that matter. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return t("seconds", { n: seconds });
  if (minutes < 60) return t("minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("hours", { h: hours, m: minutes % 60 });
  return t("days", { d: Math.floor(hours / 24), h: hours % 24 });
}

/** `[data-since]`: how long it has been. `[data-sla]`: what is left until data-due; the server says from when it warns. */
function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) put(clock, span(now() - new Date(clock.dateTime)));
  for (const clock of document.querySelectorAll("[data-sla]")) {
    const left = new Date(clock.dataset.due) - now();
    const state = left <= 0 ? "breached" : clock.dataset.sla;
    clock.classList.toggle("breach", state === "breached");
    clock.classList.toggle("warn", state === "warning");
    for (const mark of clock.querySelectorAll("[data-mark]")) mark.hidden = mark.dataset.mark !== state;
    put(clock.querySelector("[data-text]"), t(`sla_${state}`, { time: span(Math.abs(left)) }));
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function startClocks() {
  tick();
  setInterval(tick, 1_000);
  document.addEventListener("htmx:afterSwap", tick);
}
