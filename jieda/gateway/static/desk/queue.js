const TOGETHER = 250; // news that come close together make one refresh

/** The left pane: kept right by the queue's stream, searched, and walked by keys. */
export class Queue {
  #list = document.getElementById("queue-list");
  #box = document.querySelector("[data-search]");
  #timer = null;
  #opened;

  /** `opened()` is the id of the conversation that is open. */
  constructor(opened) {
    this.#opened = opened;
    let typing;
    this.#box.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.refresh(0), 250);
    });
    document.querySelector("[data-queue-search]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.refresh(0);
      this.#list.querySelector("[data-row]")?.focus();
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh(0));
  }

  get view() {
    return this.#list.querySelector("[data-view]").dataset.view;
  }

  /** Shows another view, or the same one anew. */
  show(view) {
    const query = new URLSearchParams({ view, q: this.#box.value.trim(), opened: this.#opened() ?? "" });
    const place = { source: this.#list, target: this.#list, swap: "innerHTML" };
    htmx.ajax("GET", `/desk/parts/queue?${query}`, place);
  }

  refresh(delay = TOGETHER) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.show(this.view), delay);
  }

  /** Marks the row whose conversation is open. */
  mark(id) {
    for (const row of this.#list.querySelectorAll("[data-row]")) {
      if (row.dataset.row === id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }
}
