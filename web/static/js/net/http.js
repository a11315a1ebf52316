/** One request to the REST API, and its problem documents (RFC 9457) as errors in plain words. */

import { waiting } from "../lib/format.js";
import { weather } from "./weather.js";

export const BASE = "/api/v1";
/** Says that this client is a browser: the refresh token comes and goes as a cookie. */
export const CLIENT_HEADER = { "X-Matinee-Client": "web" };

/** What to say where the server only named the kind of trouble. */
const WORDS = {
  rate_limited: "That was a little too fast.",
  busy: "The server has its hands full just now.",
  maintenance: "Matinee is being worked on.",
  unavailable: "Something that the server needs does not answer.",
  internal: "Something went wrong on the server's side.",
};

function sentence({ code, detail, title }, retryAfterMs) {
  const said = detail && detail !== title ? detail : (WORDS[code] ?? title ?? "Something went wrong.");
  const whole = /[.!?…]$/.test(said) ? said : `${said}.`;
  return retryAfterMs === null ? whole : `${whole} Try again in ${waiting(retryAfterMs)}.`;
}

/** "12" (seconds) or a date, as ms from now; null where it says nothing. */
export function waitMs(header, nowMs = Date.now()) {
  const ms = /^\d+$/.test(header ?? "") ? Number(header) * 1000 : Date.parse(header ?? "") - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

export class Problem extends Error {
  constructor(document, status, retryAfterMs = null) {
    super(sentence(document, retryAfterMs));
    this.status = status;
    this.code = document.code ?? "unknown";
    this.retryAfterMs = retryAfterMs;
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

/** What concerns the whole page is kept for it to show. */
function heard(problem) {
  if (problem.code === "maintenance") weather.set(problem);
  return problem;
}

export function parse(text, status, retryAfter = null) {
  let document = {};
  try {
    document = text ? JSON.parse(text) : {};
  } catch {
    document = { title: `The server answered with status ${status}.` };
  }
  if (status >= 400) throw heard(new Problem(document, status, waitMs(retryAfter)));
  return document;
}

export async function request(method, path, { body, bytes, token, headers = {}, signal, keepalive, as } = {}) {
  let reply;
  try {
    reply = await fetch(BASE + path, {
      method,
      signal,
      keepalive,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        ...CLIENT_HEADER,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(bytes === undefined ? {} : { "Content-Type": bytes.type || "application/octet-stream" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: body === undefined ? bytes : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline();
  }
  if (as === "blob" && reply.ok) return reply.blob();
  return parse(await reply.text(), reply.status, reply.headers.get("Retry-After"));
}
