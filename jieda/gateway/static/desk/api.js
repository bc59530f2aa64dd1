/** An answer other than success; status 0 means that there was none. */
export class ApiError extends Error {
  constructor(status, code = "", retryAfter = 0) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Trying again may help. */
  get passing() {
    return [0, 408, 425, 429].includes(this.status) || this.status >= 500;
  }
}

const PATIENCE = 15_000;

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export const me = document.querySelector('meta[name="agent"]')?.content ?? "";

let signingOut = false;

/** Ends the session. What is refused from then on is not to be come back to. */
export async function signOut() {
  signingOut = true;
  try {
    await call("DELETE", "session");
    location.assign("/desk/sign-in");
  } catch (error) {
    signingOut = false;
    throw error;
  }
}

/** The session is over: sign in again and come back here. */
export function toSignIn() {
  if (signingOut) return;
  location.assign(`/desk/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Calls the desk's JSON API; resolves to what it answers. Rejects with an ApiError. */
export async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request = { method, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) request.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(`/desk/api/${path}`, request);
  } catch {
    throw new ApiError(0, "unreachable");
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => null);
  const error = new ApiError(
    response.status,
    problem?.error?.code,
    1000 * (Number(response.headers.get("Retry-After")) || 0),
  );
  if (error.code === "unauthorized") toSignIn();
  throw error;
}
