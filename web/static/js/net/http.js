/** One request to the REST API, and its problem documents (RFC 9457) as errors. */

export const BASE = "/api/v1";
/** Says that this client is a browser: the refresh token comes and goes as a cookie. */
export const CLIENT_HEADER = { "X-Matinee-Client": "web" };

export class Problem extends Error {
  constructor(document, status) {
    super(document.detail || document.title || "Something went wrong.");
    this.status = status;
    this.code = document.code ?? "unknown";
    this.errors = document.errors ?? [];
    this.requestId = document.request_id ?? null;
  }

  /** What the server said of one field of the body, or null. */
  of(field) {
    return this.errors.find((error) => error.path === `$.${field}`)?.message ?? null;
  }

  /** Whether all that is wrong stands at one of these fields. */
  within(fields) {
    return this.errors.length > 0 && this.errors.every((error) => fields.some((field) => error.path === `$.${field}`));
  }
}

export class Offline extends Error {
  constructor() {
    super("The server cannot be reached. Check your connection and try again.");
  }
}

export function parse(text, status) {
  let document = {};
  try {
    document = text ? JSON.parse(text) : {};
  } catch {
    document = { title: `The server answered with status ${status}.` };
  }
  if (status >= 400) throw new Problem(document, status);
  return document;
}

export async function request(method, path, { body, token, headers = {}, signal } = {}) {
  let reply;
  try {
    reply = await fetch(BASE + path, {
      method,
      signal,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...CLIENT_HEADER,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline();
  }
  return parse(await reply.text(), reply.status);
}
