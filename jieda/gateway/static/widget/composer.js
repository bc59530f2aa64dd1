import { icon, make, write } from "./dom.js";

const LONGEST = 10_000;
const NEARLY = 9_500;
const LINES = 4;

/** The box to write in: grows with its text, sends on Enter unless an input method is composing, keeps a draft. */
export class Composer {
  #storage;
  #say;
  #counter = make("span", { class: "counter", role: "status" });
  #hint = make("span", { class: "hint" });
  #send = make("button", { part: "send", type: "submit" }, icon("M4.5 12h13M12 6l6 6-6 6"));

  constructor(storage, say) {
    this.#storage = storage;
    this.#say = say;
    this.box = make("textarea", {
      part: "box",
      rows: 1,
      maxlength: LONGEST,
      enterkeyhint: "send",
      autocomplete: "off",
      input: () => this.#changed(),
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
    this.#say(text);
  }
}
