import { Outbox } from "../widget/outbox.js";
import { Storage } from "../widget/storage.js";
import { call, me } from "./api.js";
import { Canned } from "./canned.js";
import { Composer } from "./composer.js";
import { open } from "./dialogs.js";
import { Stream } from "./stream.js";
import { tell } from "./toasts.js";
import { Transcript } from "./transcript.js";
import { t } from "./words.js";

const TYPED = 8_000; // typing of which no end is told ends after this
const LOOKED = 30_000; // another agent of whom nothing is heard any more has gone away
const PRESENT = 15_000; // how often this agent says that the conversation is being looked at

/** The open conversation: what arrives, what is written, and who takes it where. */
export class Conversation {
  id;
  #node;
  #transcript;
  #stream;
  #outbox;
  #composer;
  #canned;
  #on;
  #presence;
  #typingEnds;
  #onlookers = new Map();
  #replies = false; // the box takes the focus as soon as it may be written in

  /** `on`: moved() when its owner changed, report(status). */
  constructor(node, on) {
    this.id = node.dataset.conversation;
    this.#node = node;
    this.#on = on;
    const form = node.querySelector("[data-composer]");
    const storage = new Storage(`desk ${me} ${this.id}`);
    const intents = JSON.parse(document.getElementById("intents").textContent);
    this.#transcript = new Transcript(node.querySelector("[data-transcript]"), intents);
    this.#outbox = new Outbox(storage, {
      send: async ({ id, text }) => (await this.#call("POST", "messages", { client_message_id: id, text })).seq,
      kept: (entry) => entry.seq <= this.#transcript.lastSeq && this.#outbox.drop(entry),
      failed: (entry, error) => error.status === 409 && tell(t("not_yours"), "bad"),
      changed: () => this.#showPending(),
    });
    this.#composer = new Composer(form, storage, {
      say: (text) => this.#outbox.add(text),
      typing: (typing) => this.#call("POST", "typing", { on: typing }).catch(() => {}),
      canned: () => this.#canned.open(),
    });
    const panel = node.querySelector("[data-canned]");
    this.#canned = new Canned(panel, node.querySelector("[data-open-canned]"), node.dataset.language, {
      chosen: (text) => this.#composer.insert(text),
      closed: () => this.#composer.focus(),
    });
    this.#stream = new Stream(
      (after) => `/desk/api/${this.path}/events?after=${after}`,
      { receive: (event) => this.#receive(event), report: on.report },
      { restsWhenHidden: true },
    );
    this.#presence = setInterval(() => this.#look(), PRESENT);
    this.settle();
    this.#outbox.pump();
  }

  /** It is no longer shown. */
  stop() {
    this.#composer.stop();
    this.#stream.stop();
    clearInterval(this.#presence);
    this.#call("POST", "looking", { on: false }).catch(() => {});
    clearTimeout(this.#typingEnds);
    for (const timer of this.#onlookers.values()) clearTimeout(timer);
  }

  get #state() {
    return this.#node.querySelector("[data-state]").dataset;
  }

  /** Its place in the desk's API. */
  get path() {
    return `conversations/${encodeURIComponent(this.id)}`;
  }

  get holds() {
    return this.#state.holds === "true";
  }

  /** The head was rendered anew: whoever holds the conversation writes. */
  settle() {
    const form = this.#node.querySelector("[data-composer]");
    form.hidden = !this.holds;
    this.#transcript.toEnd();
    if (!this.holds || !this.#replies) return;
    this.#replies = false;
    this.#composer.focus();
  }

  reply() {
    if (this.holds) this.#composer.focus();
  }

  canned() {
    if (this.holds) this.#canned.open();
  }

  claim() {
    if (!this.#node.querySelector('[data-move="claim"]')) return undefined;
    return this.move("claim");
  }

  ask(kind) {
    if (!this.#node.querySelector(`[data-open-move="${kind}"]`)) return;
    if (kind === "transfer") htmx.trigger("#colleagues", "refresh");
    open(kind);
  }

  /** Claim, return, close, transfer; a lost race tells who has the conversation now. */
  async move(kind, more = {}) {
    this.#replies = kind === "claim";
    try {
      const answer = await this.#try(kind, more);
      const done = { claim: "claimed", return: "returned", close: "closed", transfer: "transferred" }[kind];
      tell(t(done, { agent: answer.agent ?? "" }));
    } catch (error) {
      this.#replies = false;
      if (error.code === "held_in_wechat") {
        tell(t("held_in_wechat"), "bad");
      } else if (error.now) {
        const { owner, agent } = error.now;
        const who = t(owner === "assigned" ? "conflict_agent" : `conflict_${owner}`, { agent });
        tell(t("conflict", { who }), "bad");
      } else {
        tell(t(error.status === 403 ? "forbidden" : "failed_request"), "bad");
      }
    }
    this.refresh();
  }

  /** A claim that only came too early or too late for the version is made again: nobody else has the conversation. */
  async #try(kind, more) {
    try {
      return await this.#call("POST", kind, { version: Number(this.#state.version), ...more });
    } catch (error) {
      if (error.status !== 409 || error.code === "held_in_wechat") throw error;
      const now = await call("GET", this.path);
      const free = now.owner === "queued" || now.owner === "bot";
      if (kind === "claim" && free) return this.#call("POST", kind, { version: now.version });
      error.now = now;
      throw error;
    }
  }

  /** Head and details as they are now. */
  refresh() {
    htmx.trigger("#head", "refresh");
    htmx.trigger("#side", "refresh");
  }

  #call(method, what, body) {
    return call(method, `${this.path}/${what}`, body);
  }

  #receive(event) {
    if (event.type === "typing") return this.#type(event);
    if (event.type === "looking") return this.#onlooker(event);
    if (event.type === "understood") return this.#transcript.understand(event);
    if (event.type === "wechat") return this.#stand(event);
    this.#transcript.add(event);
    if (event.type === "owner") {
      const { owner, agent } = this.#state;
      if (event.owner !== owner || (event.agent ?? "") !== agent) this.refresh();
      this.#on.moved();
    } else {
      this.#type({ on: false });
      this.#arrived(event);
    }
    return undefined;
  }

  /** How it stands with WeChat has changed. */
  #stand(event) {
    this.#transcript.deliver(event);
    const line = this.#node.querySelector("[data-scarce]");
    const text = event.warning ? t(`wechat_${event.warning}`) : "";
    line.hidden = !text;
    if (line.textContent !== text) line.textContent = text;
    htmx.trigger("#wechat", "refresh");
  }

  /** A message of one's own has come back from the ledger: it is on its way no longer. */
  #arrived(event) {
    if (event.author !== "agent" || (event.agent ?? me) !== me) return;
    const same = ({ seq, text }) => (seq ? seq === event.seq : text === event.text);
    const entry = this.#outbox.entries.find(same);
    if (entry) this.#outbox.drop(entry);
  }

  #showPending() {
    this.#transcript.pending(this.#outbox.entries, {
      retry: (entry) => this.#outbox.retry(entry.id),
      discard: (entry) => this.#outbox.drop(entry),
    });
  }

  #type({ author, agent, on }) {
    clearTimeout(this.#typingEnds);
    if (author === "agent" && (agent ?? me) === me) return;
    const text = on ? t(`${author}_typing`, { agent: agent ?? t("author_agent") }) : "";
    const line = this.#node.querySelector("[data-typing]");
    if (line.textContent !== text) line.textContent = text;
    if (on) this.#typingEnds = setTimeout(() => this.#type({ on: false }), TYPED);
  }

  #look() {
    if (!document.hidden) this.#call("POST", "looking", { on: true }).catch(() => {});
  }

  #onlooker({ agent, on }) {
    if (agent === me) return;
    clearTimeout(this.#onlookers.get(agent));
    if (on === false) this.#onlookers.delete(agent);
    else this.#onlookers.set(agent, setTimeout(() => this.#onlooker({ agent, on: false }), LOOKED));
    const line = this.#node.querySelector("[data-looking]");
    line.hidden = this.#onlookers.size === 0;
    line.textContent = line.hidden ? "" : t("looking", { agents: [...this.#onlookers.keys()].join(t("and")) });
  }
}
