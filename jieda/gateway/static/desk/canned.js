/** The list of canned replies over the composer: filtered by what is typed, walked by arrows, left by Escape. */
export class Canned {
  #panel;
  #button;
  #language;
  #on;

  /** `language` is the customer's; `on`: chosen(text), closed(). */
  constructor(panel, button, language, on) {
    this.#panel = panel;
    this.#button = button;
    this.#language = language;
    this.#on = on;
    panel.addEventListener("htmx:afterSwap", () => this.#filter());
    button.addEventListener("click", () => (panel.hidden ? this.open() : this.close()));
    panel.addEventListener("click", ({ target }) => {
      const language = target.closest("[data-canned-language]")?.dataset.cannedLanguage;
      const text = target.closest("[data-text]")?.dataset.text;
      if (language) this.#speak(language);
      if (text) this.#choose(text);
    });
    panel.addEventListener("input", () => this.#filter());
    panel.addEventListener("keydown", (event) => this.#pressed(event));
    panel.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !panel.contains(relatedTarget) && relatedTarget !== button) this.#shut();
    });
  }

  /** The filter takes what is typed at once; the replies come in below it. */
  open() {
    this.#panel.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#box.value = "";
    this.#box.focus();
    this.#filter();
    htmx.trigger(this.#panel.querySelector("[data-canned-lists]"), "refresh");
  }

  get #box() {
    return this.#panel.querySelector("[data-canned-filter]");
  }

  close() {
    this.#shut();
    this.#on.closed();
  }

  #shut() {
    this.#panel.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  #choose(text) {
    this.#shut();
    this.#on.chosen(text);
  }

  #speak(language) {
    this.#language = language;
    this.#filter();
    this.#box.focus();
  }

  #filter() {
    for (const list of this.#panel.querySelectorAll(".canned-list")) list.hidden = list.dataset.language !== this.#language;
    for (const button of this.#panel.querySelectorAll("[data-canned-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.cannedLanguage === this.#language));
    }
    const words = this.#box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const button of this.#panel.querySelectorAll("[data-text]")) {
      const text = button.dataset.text.toLowerCase();
      button.parentElement.hidden = !words.every((word) => text.includes(word));
    }
    const loaded = this.#panel.querySelector(".canned-list") !== null;
    this.#panel.querySelector("[data-canned-none]").hidden = !loaded || this.#offered().length > 0;
  }

  #offered() {
    return [...this.#panel.querySelectorAll(".canned-list:not([hidden]) li:not([hidden]) button")];
  }

  #pressed(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const offered = this.#offered();
    const here = offered.indexOf(document.activeElement);
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = here + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) this.#box.focus();
      else offered[Math.min(next, offered.length - 1)]?.focus();
    } else if (event.key === "Enter" && event.target === this.#box) {
      event.preventDefault();
      if (offered.length) this.#choose(offered[0].dataset.text);
    }
  }
}
