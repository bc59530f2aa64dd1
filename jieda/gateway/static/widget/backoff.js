/** Waits that double up to a limit, with jitter. `hurry()` ends the present wait and starts over with short ones. */
export class Backoff {
  #first;
  #longest;
  #tries = 0;
  #wake = () => {};

  constructor(first = 500, longest = 20_000) {
    this.#first = first;
    this.#longest = longest;
  }

  get tries() {
    return this.#tries;
  }

  reset() {
    this.#tries = 0;
  }

  hurry() {
    this.reset();
    this.#wake();
  }

  wait(atLeast = 0) {
    const limit = Math.min(this.#longest, this.#first * 2 ** this.#tries++);
    const time = Math.max(atLeast, limit * (0.5 + Math.random() / 2));
    return new Promise((done) => {
      const timer = setTimeout(done, time);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
