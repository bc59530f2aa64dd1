const LINES = 8;

/**
 * Where the agent writes: Enter sends unless an input method is composing, a draft is kept over a reload, and typing is
 * told of while it lasts.
 */
export class Composer {
  #form;
  #box;
  #storage;
  #on;
  #typing = false;
  #typingEnds;
  #told = 0;

  /** `on`: say(text), typing(on), canned(). */
  constructor(form, storage, on) {
    this.#form = form;
    this.#box = form.querySelector("textarea");
    this.#storage = storage;
    this.#on = on;
    this.#box.value = storage.get("draft") ?? "";
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#box.addEventListener("blur", () => this.#type(false));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#fit();
  }

  focus() {
    this.#box.focus();
  }

  /** Puts a text where the caret is. */
  insert(text) {
    const { selectionStart: start, selectionEnd: end, value } = this.#box;
    const at = value === "/" ? [0, 1] : [start, end];
    this.#box.setRangeText(text, ...at, "end");
    this.#box.focus();
    this.#changed();
  }

  stop() {
    this.#type(false);
  }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "/" && this.#box.value === "") {
      event.preventDefault();
      this.#on.canned();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    }
  }

  #changed() {
    this.#storage.set("draft", this.#box.value || null);
    this.#fit();
    this.#type(this.#box.value.trim() !== "");
  }

  #submit() {
    const text = this.#box.value.trim();
    this.#box.focus();
    if (!text || this.#form.hidden) return;
    this.#box.value = "";
    this.#storage.set("draft", null);
    this.#fit();
    this.#type(false);
    this.#on.say(text);
  }

  /** Told at the first key and again while it goes on; ends by itself a few seconds after the last one. */
  #type(on) {
    clearTimeout(this.#typingEnds);
    if (on) this.#typingEnds = setTimeout(() => this.#type(false), 5_000);
    if (on === this.#typing && (!on || Date.now() - this.#told < 4_000)) return;
    this.#typing = on;
    this.#told = Date.now();
    this.#on.typing(on);
  }

  #fit() {
    const box = this.#box;
    box.rows = 1;
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(box);
    const text = box.scrollHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    box.rows = Math.max(2, Math.min(LINES, Math.round(text / parseFloat(lineHeight)) || 2));
  }
}
