import { icon, make, write } from "./dom.js";
import { partsOf } from "./links.js";

const CHECK = icon("M5 13l4 4L19 7");

/** One message of the log. It is updated in place: what stays the same is not read out again. */
export class Message {
  #item = {};
  #who = make("span", { class: "who" });
  #bubble = make("div", { class: "bubble" });
  #time = make("time");
  #state = make("span", { class: "state", "aria-live": "off" });
  #choices = make("div", { part: "choices", role: "group", hidden: true });
  #retry;
  #on;

  constructor(on) {
    this.#on = on;
    const meta = make("div", { class: "meta", "aria-live": "off" }, this.#time, this.#state);
    this.node = make("div", { part: "message" }, this.#who, this.#bubble, meta, this.#choices);
  }

  /** `first`: another author spoke before. */
  update(item, first, strings) {
    const { author, text, state, at, choices } = item;
    const name = (author === "agent" && item.agent) || strings.authors[author] || author;
    Object.assign(this.node.dataset, { author, state, first });
    if (item.seq) this.node.dataset.seq = item.seq;
    write(this.#who, name);
    if (text !== this.#item.text) this.#fill(text ?? "", author !== "customer");
    this.#stamp(at, strings.locale);
    this.#tell(author === "customer" ? state : "", strings);
    this.#offer(choices, strings);
    this.#item = item;
  }

  #fill(text, linked) {
    this.#bubble.lang = /[\u3400-\u9fff]/.test(text) ? "zh-CN" : "en";
    const parts = linked ? partsOf(text) : [{ text }];
    this.#bubble.replaceChildren(...parts.map(({ text, href }) => (href ? link(text, href) : text)));
  }

  #stamp(at, locale) {
    const time = new Date(at);
    if (Number.isNaN(time.getTime())) return;
    this.#time.dateTime = time.toISOString();
    write(this.#time, time.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }));
  }

  #tell(state, strings) {
    if (state === "kept") {
      const words = make("span", { class: "quiet" });
      if (this.#item.state !== "kept") this.#state.replaceChildren(CHECK.cloneNode(true), words);
      write(this.#state.lastChild, strings.kept);
    } else {
      write(this.#state, state === "sending" ? strings.sending : "");
    }
    const failed = state === "failed" || state === "refused";
    if (!failed) this.#retry?.remove();
    if (!failed || this.#item.state === state) return;
    const again = { part: "retry", type: "button", click: () => this.#on.retry(this.#item.key) };
    this.#retry = make("div", { class: "failure" }, strings.failed);
    if (state === "failed") this.#retry.append(make("button", again, strings.retry));
    this.node.append(this.#retry);
  }

  #offer(choices, strings) {
    const group = this.#choices;
    group.hidden = choices.length === 0;
    group.setAttribute("aria-label", strings.choices);
    choices.forEach((choice, i) => {
      if (!group.children[i]) {
        const chosen = () => this.#on.choose(this.#item.choices[i]);
        group.append(make("button", { part: "choice", type: "button", click: chosen }));
      }
      const button = group.children[i];
      write(button, choice.title);
      button.disabled = !choice.live;
    });
    while (group.children.length > choices.length) group.lastChild.remove();
  }
}

function link(text, href) {
  const away = href.startsWith("tel:") ? {} : { target: "_blank", rel: "noopener noreferrer" };
  return make("a", { href, ...away }, text);
}
