/** What was said, as the page shows it: the ledger's events by seq, and the notices of the page itself between them. */
export class Transcript {
  lastSeq = 0;
  #events = new Map();
  #seqs = new Map(); // client_message_id → seq: a message keeps its key when the ledger shows it
  #notices = [];
  #spent = new Set();

  add(event) {
    this.lastSeq = Math.max(this.lastSeq, event.seq);
    this.#events.set(event.seq, event);
  }

  /** The conversation has ended, the customer has rated it, and may add a word. */
  get wordAwaited() {
    const end = this.#all.findLast(({ type, owner }) => type === "owner" && owner === "closed");
    return Boolean(end) && this.#all.filter(({ author, seq }) => author === "customer" && seq > end.seq).length === 1;
  }

  has(seq) {
    return this.#events.has(seq);
  }

  get begun() {
    return this.#all.some(({ author }) => author === "customer");
  }

  /** Messages to the customer after that seq. */
  unread(after) {
    return this.#all.filter((e) => e.seq > after && e.type === "message" && e.author !== "customer").length;
  }

  /** The message sent under `id` is the ledger's `seq`, as far as is known; without a seq it is none. */
  identify(id, seq) {
    if (seq) this.#seqs.set(id, seq);
    else this.#seqs.delete(id);
  }

  /** The choice was refused: it is not offered again. */
  spend(choice) {
    this.#spent.add(choice);
  }

  note(name) {
    this.#notices.push({ key: `notice ${performance.now()}`, kind: "notice", name, after: this.lastSeq });
  }

  /**
   * In order: messages (with state, and choices of which those of the latest turn are live), owner changes, notices;
   * last the entries of the outbox that the ledger has not shown yet. `key` never changes.
   */
  items(outbox, closed) {
    const items = [];
    const notices = [...this.#notices];
    const keys = new Map([...this.#seqs].map(([id, seq]) => [seq, id]));
    const waiting = outbox.filter(({ seq }) => !this.has(seq));
    const lastSaid = Math.max(0, ...this.#all.map(({ author, seq }) => (author === "customer" ? seq : 0)));
    const open = waiting.length === 0;
    let owner = "bot";
    let agent = null;
    for (const event of this.#all) {
      while (notices[0]?.after < event.seq) items.push(notices.shift());
      const key = keys.get(event.seq) ?? `seq ${event.seq}`;
      if (event.type === "owner") {
        const changed = event.owner !== owner || (event.agent ?? null) !== agent;
        if (changed && !this.#told(event)) items.push({ ...event, key, kind: "owner" });
        owner = event.owner;
        agent = event.agent ?? null;
      } else if (event.type === "message") {
        // After the end there is only the question how it was.
        const asked = open && (!closed || event.author === "system");
        const live = ({ id }) => asked && event.seq > lastSaid && !this.#spent.has(id);
        const choices = (event.choices ?? []).map((choice) => ({ ...choice, live: live(choice) }));
        items.push({ ...event, key, kind: "message", choices, agent: event.agent ?? agent, state: "kept" });
      }
    }
    for (const { id, text, at, state } of waiting)
      items.push({ key: id, kind: "message", author: "customer", text, at, state, choices: [] });
    return [...items, ...notices];
  }

  /** A message beside the move says already who answers now. */
  #told({ seq, owner }) {
    const said = owner === "queued" ? this.#events.get(seq - 1)?.author === "bot" : false;
    return said || this.#events.get(seq + 1)?.author === "system";
  }

  get #all() {
    return [...this.#events.values()].sort((a, b) => a.seq - b.seq);
  }
}
