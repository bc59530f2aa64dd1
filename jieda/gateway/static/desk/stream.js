import { Backoff } from "../widget/backoff.js";
import { call } from "./api.js";

const HIDDEN = 60_000; // a conversation's stream is given up when its page is hidden for so long

/**
 * Server-sent events of the desk, for as long as the page is there. The browser takes up a broken stream by itself with
 * Last-Event-ID; one that was refused is opened anew from the last seq.
 *
 * `url(after)` names it; `receive(event)` gets each event's JSON, `report(status)` online | reconnecting.
 */
export class Stream {
  #url;
  #on;
  #after;
  #source = null;
  #backoff = new Backoff();
  #stopped = false;
  #hiding;

  constructor(url, on, { after = 0, restsWhenHidden = false } = {}) {
    this.#url = url;
    this.#on = on;
    this.#after = after;
    if (restsWhenHidden) document.addEventListener("visibilitychange", this.#seen);
    addEventListener("online", this.#again);
    this.#open();
  }

  stop() {
    this.#stopped = true;
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("online", this.#again);
    clearTimeout(this.#hiding);
    this.#source?.close();
    this.#backoff.hurry();
  }

  #open() {
    if (this.#stopped) return;
    const source = new EventSource(this.#url(this.#after));
    this.#source = source;
    source.onopen = () => {
      this.#backoff.reset();
      this.#on.report?.("online");
    };
    source.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.seq !== undefined) {
        if (event.seq <= this.#after) return;
        this.#after = event.seq;
      }
      this.#on.receive(event);
    };
    source.onerror = async () => {
      if (source !== this.#source) return;
      this.#on.report?.("reconnecting");
      if (source.readyState !== EventSource.CLOSED) return;
      await this.#backoff.wait();
      // Refused: when the session has ended this leads to the sign-in page.
      await call("GET", "session").catch(() => {});
      if (source === this.#source) this.#open();
    };
  }

  #again = () => {
    this.#source?.close();
    this.#backoff.hurry();
    this.#open();
  };

  #seen = () => {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => {
        this.#source?.close();
        this.#source = null;
      }, HIDDEN);
    } else if (!this.#source) {
      this.#open();
    }
  };
}
