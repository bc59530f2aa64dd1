import { Backoff } from "./backoff.js";

const TRIES = 4;
const FRESH = 600_000; // what a reload finds older than this is not sent without being asked

/**
 * The customer's messages until the ledger shows them: sent one at a time and in order, tried again under the same
 * client_message_id, and kept over a reload. An entry is `{id, text, choice, at, state, seq}`; the state is sending,
 * kept, failed (trying again may help) or refused.
 *
 * `send(entry)` resolves to the seq or rejects with an ApiError; `kept(entry)`, `failed(entry, error)` and `changed()`
 * tell of progress.
 */
export class Outbox {
  entries = [];
  #on;
  #storage;
  #busy = false;

  constructor(storage, on) {
    this.#storage = storage;
    this.#on = on;
    for (const entry of storage.get("outbox") ?? []) {
      entry.state = Date.now() - entry.at < FRESH ? "sending" : "failed";
      this.entries.push(entry);
    }
  }

  add(text, choice) {
    this.entries.push({ id: newId(), text, choice, at: Date.now(), state: "sending" });
    this.pump();
  }

  retry(id) {
    for (const entry of this.entries) if (entry.state === "failed" && (!id || entry.id === id)) entry.state = "sending";
    this.pump();
  }

  drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.#note();
  }

  /** A new conversation: what the old one kept is gone with it, and its choices mean nothing there. */
  moveOn() {
    this.entries = this.entries.filter((entry) => entry.state !== "kept");
    for (const entry of this.entries) delete entry.choice;
    this.#note();
  }

  clear() {
    this.entries = [];
    this.#note();
  }

  /** The ledger's event for an entry not yet acknowledged, if the texts agree; its acknowledgement decides. */
  recognise(event) {
    const entry = this.entries.find(({ state, seq, text }) => state === "sending" && !seq && text === event.text);
    if (entry) entry.seq = event.seq;
    return entry;
  }

  async pump() {
    this.#note();
    if (this.#busy) return;
    this.#busy = true;
    for (let entry; (entry = this.entries.find(({ state }) => state === "sending")); ) await this.#deliver(entry);
    this.#busy = false;
  }

  async #deliver(entry) {
    const backoff = new Backoff(800, 5_000);
    while (this.entries.includes(entry)) {
      try {
        const seq = await this.#on.send(entry);
        if (!this.entries.includes(entry)) return;
        Object.assign(entry, { seq, state: "kept" });
        this.#on.kept(entry);
        break;
      } catch (error) {
        if (!this.entries.includes(entry)) return;
        if (error.passing && backoff.tries < TRIES - 1) {
          await backoff.wait(Math.min(error.retryAfter, 30_000));
          continue;
        }
        entry.state = error.passing ? "failed" : "refused";
        delete entry.seq;
        this.#on.failed(entry, error);
        break;
      }
    }
    this.#note();
  }

  #note() {
    const unsent = this.entries.filter(({ state }) => state !== "kept");
    this.#storage.set("outbox", unsent.length ? unsent : null);
    this.#on.changed();
  }
}

/** A UUID, also where the page is no secure context. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
