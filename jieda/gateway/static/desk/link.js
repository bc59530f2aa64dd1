import { alertTo } from "./alerts.js";
import { Stream } from "./stream.js";
import { t } from "./words.js";

/** What the bar says of the connection. */
export function reportLink(status) {
  const state = document.querySelector("[data-link-state]");
  const text = status === "online" ? "" : t(navigator.onLine ? "reconnecting" : "offline");
  state.hidden = !text;
  if (state.textContent !== text) state.textContent = text;
}

/**
 * Follows the queue on every page of the desk: critical conversations are told of wherever the agent is, and
 * "desk:queue" says that lists may have changed. It also keeps the agent's session and what they hold alive.
 */
export function followQueue() {
  new Stream(() => "/desk/api/live", {
    receive(event) {
      if (event.type !== "queue") return;
      alertTo(event);
      document.dispatchEvent(new CustomEvent("desk:queue", { detail: event }));
    },
    report: reportLink,
  });
}
