import { t } from "./words.js";

const seen = new WeakMap(); // clock → when it came into the page; this computer's time of day does not matter

function passed(clock) {
  if (!seen.has(clock)) seen.set(clock, performance.now());
  return performance.now() - seen.get(clock);
}

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

/** `[data-since]`: seconds it had been; `[data-sla]`: its state, with the seconds left, when the server wrote it. */
function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    put(clock, span(1000 * Number(clock.dataset.since) + passed(clock)));
  }
  for (const clock of document.querySelectorAll("[data-sla]")) {
    const left = 1000 * Number(clock.dataset.left) - passed(clock);
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
  document.addEventListener("htmx:load", tick);
}
