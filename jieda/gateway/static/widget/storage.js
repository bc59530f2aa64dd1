/** JSON values kept in the browser under a name that includes the service; in memory where the browser keeps none. */
export class Storage {
  #prefix;
  #memory = new Map();

  constructor(base) {
    this.#prefix = `jieda ${base} `;
  }

  get(key) {
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + key));
    } catch {
      return this.#memory.get(key) ?? null;
    }
  }

  set(key, value) {
    this.#memory.set(key, value);
    try {
      if (value === null) localStorage.removeItem(this.#prefix + key);
      else localStorage.setItem(this.#prefix + key, JSON.stringify(value));
    } catch {
      // Private windows and full quotas: the value lasts as long as the page.
    }
  }
}
