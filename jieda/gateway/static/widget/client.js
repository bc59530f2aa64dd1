/** Patience for a request that is not a stream or a long poll. */
const PATIENCE = 15_000;

/** An answer other than success; status 0 means that there was none. */
export class ApiError extends Error {
  constructor(status, code = "", retryAfter = 0) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** The conversation is no longer ours: unknown, or its token is no longer good. */
  get gone() {
    return [401, 403, 404].includes(this.status);
  }

  /** Trying again may help. */
  get passing() {
    return [0, 408, 425, 429].includes(this.status) || this.status >= 500;
  }
}

/** The chat API. A session is `{id, token}`. */
export class Client {
  #base;

  constructor(base) {
    this.#base = base;
  }

  async create(language, page) {
    const made = await this.#json("api/conversations", { body: { language, page } });
    return { id: made.conversation_id, token: made.token };
  }

  /** The seq under which the ledger keeps the message; the same client_message_id always has the same. */
  async post(session, message) {
    return (await this.#json(this.#path(session, "messages"), { session, body: message })).seq;
  }

  /** Whether the customer is writing; the agent sees it. */
  async typing(session, on) {
    await this.#send(session, "typing", { on });
  }

  /** The customer wants no person any more. */
  async backToBot(session) {
    await this.#send(session, "bot", {});
  }

  /** The customer's place in the queue, from 1; null outside it. */
  async place(session) {
    return (await this.#json(this.#path(session, "queue"), { session })).position;
  }

  /** The events after a seq; with `wait` the answer may take so many seconds. */
  async events(session, after, wait, signal) {
    const path = `${this.#path(session, "events")}?after=${after}&wait=${wait}`;
    const found = await this.#json(path, { session, signal, patience: PATIENCE + wait * 1000 });
    return Array.isArray(found) ? found : found.events;
  }

  /** The body of the event stream. EventSource could not send the token, hence fetch. */
  async stream(session, after, signal) {
    const headers = { Accept: "text/event-stream" };
    if (after > 0) headers["Last-Event-ID"] = String(after);
    const response = await this.#fetch(this.#path(session, "events"), { session, signal, headers });
    if (response.body && response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response.body;
    throw new ApiError(0, "not_a_stream");
  }

  #path(session, what) {
    return `api/conversations/${encodeURIComponent(session.id)}/${what}`;
  }

  async #send(session, what, body) {
    await this.#fetch(this.#path(session, what), { session, body, headers: {}, signal: AbortSignal.timeout(PATIENCE) });
  }

  async #json(path, { patience = PATIENCE, signal, ...request }) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patience);
    const stop = () => abort.abort();
    signal?.addEventListener("abort", stop);
    try {
      const headers = { Accept: "application/json" };
      const response = await this.#fetch(path, { ...request, headers, signal: abort.signal });
      return await response.json();
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, "unreadable");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  async #fetch(path, { session, body, headers, signal }) {
    if (session) headers.Authorization = `Bearer ${session.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const request = { method: body ? "POST" : "GET", headers, signal, cache: "no-store", credentials: "omit" };
    if (body) request.body = JSON.stringify(body);
    let response;
    try {
      response = await fetch(new URL(path, this.#base), request);
    } catch {
      throw new ApiError(0, "unreachable");
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    const retryAfter = 1000 * (Number(response.headers.get("Retry-After")) || 0);
    throw new ApiError(response.status, problem?.error?.code, retryAfter);
  }
}
