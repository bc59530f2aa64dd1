import { Backoff } from "./backoff.js";
import { eventsOf } from "./sse.js";

const SILENCE = 45_000; // a stream without so much as a comment for this long is dead
const ECHO = 6_000; // a kept message shows in a working stream within this time
const POLLING = 300_000; // how long to poll before streaming is tried again
const HIDDEN = 60_000; // a page hidden for this long gives its connection to others

/**
 * Keeps the events of one conversation coming, each seq once and in order, until stopped: the ones already there first,
 * then the stream; long polling where streams fail while the service answers.
 *
 * `receive(events, replayed)`, `report(status)` with online | reconnecting | offline, `lost()` when the conversation is
 * no longer ours.
 */
export class Connection {
  #client;
  #session;
  #on;
  #after = 0;
  #caughtUp = false;
  #broken = 0;
  #stopped = false;
  #streaming = false;
  #attempt = new AbortController();
  #backoff = new Backoff();
  #hiding;

  constructor(client, session, on) {
    this.#client = client;
    this.#session = session;
    this.#on = on;
  }

  start() {
    document.addEventListener("visibilitychange", this.#seen);
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
    this.#run();
  }

  stop() {
    this.#stopped = true;
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
    clearTimeout(this.#hiding);
    this.#attempt.abort();
    this.#backoff.hurry();
  }

  hurry() {
    this.#backoff.hurry();
  }

  /** The ledger has kept `seq`: a stream that does not show it soon is held up on the way. */
  expect(seq) {
    setTimeout(() => {
      if (this.#stopped || !this.#streaming || this.#after >= seq) return;
      this.#broken = 2;
      this.#attempt.abort();
    }, ECHO);
  }

  #seen = () => {
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#attempt.abort(), HIDDEN);
    else this.#backoff.hurry();
  };

  /** What was connected before the network went may never say that it is not any more. */
  #network = () => {
    if (!navigator.onLine) return this.#on.report("offline");
    this.#attempt.abort();
    this.#backoff.hurry();
  };

  async #run() {
    while (!this.#stopped) {
      this.#attempt = new AbortController();
      try {
        if (!this.#caughtUp) await this.#catchUp();
        else if (this.#broken < 2) await this.#stream();
        else await this.#poll();
      } catch (error) {
        if (this.#stopped) return;
        if (this.#attempt.signal.aborted) {
          await visible();
          continue;
        }
        if (error.gone) return this.#on.lost();
        this.#on.report(navigator.onLine ? "reconnecting" : "offline");
        await this.#backoff.wait(error.retryAfter);
      }
    }
  }

  async #catchUp() {
    const events = await this.#client.events(this.#session, this.#after, 0, this.#attempt.signal);
    this.#deliver(events, true);
    this.#caughtUp = true;
  }

  async #stream() {
    const attempt = this.#attempt;
    const body = await this.#client.stream(this.#session, this.#after, attempt.signal).catch((error) => {
      if (error.status || error.code === "not_a_stream") this.#broken++;
      throw error;
    });
    this.#on.report("online");
    this.#streaming = true;
    let heardAny = false;
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => attempt.abort(), SILENCE);
    };
    heard();
    try {
      const alive = () => {
        heard();
        heardAny = true;
        this.#broken = 0;
        this.#backoff.reset();
        this.#on.report("online");
      };
      for await (const event of eventsOf(body, alive)) this.#deliver([event]);
    } finally {
      this.#streaming = false;
      clearTimeout(timer);
      if (!heardAny && !document.hidden) this.#broken++;
    }
    // Ended in good order, as when a server is replaced.
    await this.#backoff.wait();
  }

  async #poll() {
    const until = Date.now() + POLLING;
    try {
      let wait = 0; // the first answers at once: the service is there
      while (!this.#stopped && Date.now() < until) {
        this.#deliver(await this.#client.events(this.#session, this.#after, wait, this.#attempt.signal));
        this.#on.report("online");
        this.#backoff.reset();
        wait = 25;
      }
    } finally {
      if (!this.#attempt.signal.aborted) this.#broken = 0;
    }
  }

  #deliver(events, replayed = false) {
    if (this.#stopped) return;
    const fresh = events.filter((event) => event.seq === undefined || event.seq > this.#after);
    for (const { seq } of fresh) if (seq > this.#after) this.#after = seq;
    if (fresh.length || replayed) this.#on.receive(fresh, replayed);
  }
}

function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}
