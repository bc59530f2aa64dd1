/** The list of canned replies over the composer: filtered by what is typed, walked by arrows, left by Escape. */
export class Canned {
  #panel;
  #button;
  #path;
  #on;

  /** `on`: chosen(text), closed(). */
  constructor(panel, button, path, on) {
    this.#panel = panel;
    this.#button = button;
    this.#path = path;
    this.#on = on;
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

  async open() {
    await htmx.ajax("GET", this.#path, { target: this.#panel, swap: "innerHTML" });
    this.#panel.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#panel.querySelector("[data-canned-filter]").focus();
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
    for (const list of this.#panel.querySelectorAll(".canned-list")) list.hidden = list.dataset.language !== language;
    for (const button of this.#panel.querySelectorAll("[data-canned-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.cannedLanguage === language));
    }
    this.#filter();
  }

  #filter() {
    const words = this.#panel.querySelector("[data-canned-filter]").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const button of this.#panel.querySelectorAll("[data-text]")) {
      const text = button.dataset.text.toLowerCase();
      button.parentElement.hidden = !words.every((word) => text.includes(word));
    }
    this.#panel.querySelector("[data-canned-none]").hidden = this.#offered().length > 0;
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
      if (next < 0) this.#panel.querySelector("[data-canned-filter]").focus();
      else offered[Math.min(next, offered.length - 1)]?.focus();
    } else if (event.key === "Enter" && here < 0 && offered.length) {
      event.preventDefault();
      this.#choose(offered[0].dataset.text);
    }
  }
}
