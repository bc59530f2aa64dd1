import { icon, make, write } from "./dom.js";

const LONGEST = 10_000;
const NEARLY = 9_500;
const LINES = 4;
const TOLD = 4_000; // that somebody writes is told so often
const IDLE = 5_000; // and is over after this

/** The box to write in: grows with its text, sends on Enter unless an input method is composing, keeps a draft. */
export class Composer {
  #storage;
  #say;
  #writing;
  #told = 0;
  #idle;
  #counter = make("span", { class: "counter", role: "status" });
  #hint = make("span", { class: "hint" });
  #send = make("button", { part: "send", type: "submit" }, icon("M4.5 12h13M12 6l6 6-6 6"));

  /** `writing(on)`: the customer is at it, or no longer. */
  constructor(storage, say, writing) {
    this.#storage = storage;
    this.#say = say;
    this.#writing = writing;
    this.box = make("textarea", {
      part: "box",
      rows: 1,
      maxlength: LONGEST,
      enterkeyhint: "send",
      autocomplete: "off",
      input: () => this.#typed(),
      keydown: (event) => this.#pressed(event),
    });
    this.box.value = storage.get("draft") ?? "";
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    const field = make("div", { class: "field" }, this.box, this.#send);
    const foot = make("div", { class: "foot" }, this.#hint, this.#counter);
    this.node = make("form", { part: "composer", submit }, field, foot);
  }

  translate(strings) {
    this.box.setAttribute("aria-label", strings.box);
    this.box.placeholder = strings.placeholder;
    this.#send.setAttribute("aria-label", strings.send);
    this.#send.title = strings.send;
    write(this.#hint, strings.hint);
  }

  /** To be called whenever the box may have come into view or changed its width. */
  fit() {
    const { box } = this;
    box.rows = 1;
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(box);
    const text = box.scrollHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    box.rows = Math.max(1, Math.min(LINES, Math.round(text / parseFloat(lineHeight)) || 1));
    this.#send.toggleAttribute("data-ready", box.value.trim() !== "");
    write(this.#counter, box.value.length > NEARLY ? `${box.value.length} / ${LONGEST}` : "");
  }

  #typed() {
    this.#changed();
    clearTimeout(this.#idle);
    if (!this.box.value.trim()) return this.#rest();
    this.#idle = setTimeout(() => this.#rest(), IDLE);
    if (Date.now() - this.#told < TOLD) return undefined;
    this.#told = Date.now();
    return this.#writing(true);
  }

  #rest() {
    clearTimeout(this.#idle);
    if (this.#told) this.#writing(false);
    this.#told = 0;
  }

  #changed() {
    this.#storage.set("draft", this.box.value || null);
    this.fit();
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.box.value.trim();
    this.box.focus();
    if (!text) return;
    this.box.value = "";
    this.#changed();
    this.#rest();
    this.#say(text);
  }
}
