import { Backoff } from "./backoff.js";
import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { Transcript } from "./transcript.js";

const AWAITED = 30_000; // an answer is shown as awaited for this long
const TYPED = 20_000; // typing of which no end is told ends after this
const PLACED = 10_000; // how often the place in the queue is asked for

/**
 * One customer's conversation as this browser knows it: its transcript, what is on its way, and how the connection
 * fares. Dispatches "change", and "message" for each message that arrives while the page looks on.
 */
export class Conversation extends EventTarget {
  status = "idle"; // connecting | unreachable | online | reconnecting | offline
  owner = "bot";
  agent = null;
  place = null; // in the queue, from 1
  typing = null;
  #client;
  #storage;
  #language;
  #session;
  #starting;
  #connection;
  #outbox;
  #transcript = new Transcript();
  #backoff = new Backoff();
  #round = 0; // rises when the conversation is left: what an older round still waited for no longer counts
  #typingEnds;
  #told = false;
  #placing;

  constructor(client, storage, language) {
    super();
    this.#client = client;
    this.#storage = storage;
    this.#language = language;
    this.#session = storage.get("session");
    this.#outbox = new Outbox(storage, {
      send: (entry) => this.#post(entry),
      kept: (entry) => this.#kept(entry),
      failed: (entry, error) => this.#failed(entry, error),
      changed: () => this.#changed(),
    });
  }

  /** There is something from before to go on with. */
  get known() {
    return Boolean(this.#session) || this.#outbox.entries.length > 0;
  }

  /** The customer has said something. */
  get begun() {
    return this.#outbox.entries.length > 0 || this.#transcript.begun;
  }

  get unread() {
    return this.#transcript.unread(this.#storage.get("read") ?? 0);
  }

  get items() {
    return this.#transcript.items(this.#outbox.entries, this.owner === "closed");
  }

  /** The customer may write: always but after the end, where a word may follow the rating. */
  get writable() {
    return this.owner !== "closed" || this.#transcript.wordAwaited;
  }

  /** Creates the conversation, or resumes the known one; goes on trying until it has one. */
  start() {
    this.#starting ??= this.#start(this.#round);
    return this.#starting;
  }

  say(text) {
    this.#outbox.add(text);
    this.#await();
  }

  choose({ id, title }) {
    this.#outbox.add(title, id);
    this.#await();
  }

  /** The customer is writing, or no longer: an agent who is there sees it. */
  write(on) {
    if (this.owner === "assigned" && this.#session) this.#client.typing(this.#session, on).catch(() => {});
  }

  /** The customer wants no person any more. Resolves to whether that was done. */
  async backToBot() {
    try {
      await this.#client.backToBot(this.#session);
      return true;
    } catch {
      this.#transcript.note("stay");
      this.#changed();
      return false;
    }
  }

  retry(key) {
    this.#outbox.retry(key);
  }

  /** What waits to be tried again is tried now. */
  hurry() {
    this.#backoff.hurry();
    this.#connection?.hurry();
  }

  /** The customer has seen all there is. */
  read() {
    const { lastSeq } = this.#transcript;
    if (lastSeq > (this.#storage.get("read") ?? 0)) this.#storage.set("read", lastSeq);
  }

  /** The customer reads another language now; to a conversation that has begun this is said, as `request`. */
  speak(language, request) {
    this.#language = language;
    if (!this.begun) {
      if (this.#starting) this.renew();
    } else if (this.owner !== "closed") {
      this.say(request);
    }
  }

  /** Leaves this conversation for a new one. */
  renew() {
    this.#outbox.clear();
    this.#leave();
    this.start();
  }

  async #start(round) {
    while (!this.#session) {
      this.#report(this.status === "unreachable" ? "unreachable" : "connecting");
      try {
        const session = await this.#client.create(this.#language, location.origin + location.pathname);
        if (round !== this.#round) return this.start();
        this.#session = session;
        this.#storage.set("session", session);
      } catch (error) {
        if (round === this.#round) {
          this.#report(navigator.onLine ? "unreachable" : "offline");
          await this.#backoff.wait(error.retryAfter);
        }
        if (round !== this.#round) return this.start();
      }
    }
    const connection = new Connection(this.#client, this.#session, {
      receive: (events, replayed) => this.#receive(events, replayed),
      report: (status) => this.#report(status),
      lost: () => this.#lost(connection),
    });
    this.#connection = connection;
    connection.start();
    this.#outbox.pump();
  }

  #leave() {
    this.#round++;
    this.#backoff.hurry();
    this.#connection?.stop();
    this.#connection = this.#starting = this.#session = null;
    this.#storage.set("session", null);
    this.#storage.set("read", null);
    this.#transcript = new Transcript();
    this.#owned({ owner: "bot" });
    this.#type(null);
  }

  #lost(connection) {
    if (connection !== this.#connection) return;
    this.#leave();
    this.#transcript.note("expired");
    this.#outbox.moveOn();
    this.start();
  }

  async #post(entry, again = false) {
    await this.start();
    if (!this.#outbox.entries.includes(entry)) return;
    const connection = this.#connection;
    const { id, text, choice } = entry;
    const message = choice ? { client_message_id: id, choice } : { client_message_id: id, text };
    try {
      const seq = await this.#client.post(this.#session, message);
      connection.expect(seq);
      return seq;
    } catch (error) {
      if (!error.gone || again) throw error;
      this.#lost(connection);
      return this.#post(entry, true);
    }
  }

  #kept(entry) {
    this.#transcript.identify(entry.id, entry.seq);
    if (this.#transcript.has(entry.seq)) this.#outbox.drop(entry);
  }

  #failed(entry, error) {
    this.#type(null);
    this.#transcript.identify(entry.id, null);
    if (error.passing) return;
    if (entry.choice) {
      this.#transcript.spend(entry.choice);
      this.#transcript.note("choice");
      this.#outbox.drop(entry);
    } else {
      this.#transcript.note([409, 410].includes(error.status) ? "closed" : "refused");
    }
  }

  #receive(events, replayed) {
    for (const event of events) {
      if (event.type === "typing") {
        const { author, on } = event;
        if (author !== "customer") this.#type(on ? { author, agent: author === "agent" && this.agent } : null, TYPED);
        continue;
      }
      this.#transcript.add(event);
      if (event.type === "owner") this.#owned(event);
      if (event.author === "customer") this.#shown(event, replayed);
      else if (event.type === "message" || event.owner !== "bot") this.#type(null);
      if (!replayed && event.type === "message") this.dispatchEvent(new CustomEvent("message", { detail: event }));
    }
    this.#changed();
  }

  #owned({ owner, agent }) {
    this.owner = owner;
    this.agent = agent ?? null;
    this.place = null;
    clearTimeout(this.#placing);
    if (owner === "queued") this.#look();
  }

  async #look() {
    const session = this.#session;
    const place = await this.#client.place(session).catch(() => this.place);
    if (this.owner !== "queued" || session !== this.#session) return;
    if (place !== this.place) {
      this.place = place;
      this.#changed();
    }
    clearTimeout(this.#placing);
    this.#placing = setTimeout(() => this.#look(), PLACED);
  }

  #shown(event, replayed) {
    const kept = this.#outbox.entries.find(({ state, seq }) => state === "kept" && seq === event.seq);
    if (kept) return this.#outbox.drop(kept);
    const guess = replayed ? null : this.#outbox.recognise(event);
    if (guess) this.#transcript.identify(guess.id, event.seq);
  }

  #report(status) {
    if (status === this.status) return;
    this.status = status;
    if (status === "online") {
      this.#backoff.reset();
      this.#outbox.retry();
    }
    this.#changed();
  }

  #await() {
    if (this.owner === "bot") this.#type({ author: "bot" }, AWAITED);
  }

  #type(event, time) {
    clearTimeout(this.#typingEnds);
    this.typing = event;
    if (event) this.#typingEnds = setTimeout(() => this.#type(null), time);
    this.#changed();
  }

  /** Tells once of all that happens in one go. */
  #changed() {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
