/**
 * Who is signed in. The access token lives in this module's memory only; the refresh token is an HttpOnly cookie that no
 * script can read. A non-secret hint says whether a refresh is worth asking for, so that strangers cause no 401s.
 */

import { kept } from "../lib/kept.js";
import { Problem, request } from "./http.js";
import { weather } from "./weather.js";

/** A token is renewed this long before it runs out. */
const EARLY_MS = 30_000;
const hint = kept(localStorage, "matinee.signed-in");

let token = null;
let expiresAt = 0;
let user = null;
let refreshing = null;
const listeners = new Set();

export function currentUser() {
  return user;
}

export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function take(reply) {
  token = reply.access_token;
  expiresAt = Date.now() + reply.expires_in * 1000;
  user = reply.user;
  hint.save(true);
  for (const tell of listeners) tell(user);
  return user;
}

/** Forget who is here. Quietly where the page is about to be left: what only members see would send them to sign in first. */
function drop({ quietly = false } = {}) {
  token = null;
  user = null;
  hint.save(null);
  if (!quietly) for (const tell of listeners) tell(null);
}

/** Find out who is here; null for a stranger. Throws only where the server could not be asked. */
export async function restore() {
  if (user) return user;
  if (!hint.load()) return null;
  try {
    await refresh();
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status >= 500 || problem.status === 429) throw problem;
  }
  return user;
}

/** One refresh at a time in this page, and across tabs: two at once would look like a stolen token. */
function refresh() {
  refreshing ??= exclusively(() => request("POST", "/auth/refresh", { body: {} }))
    .then(take)
    .catch(async (problem) => {
      if (!(problem instanceof Problem) || problem.status >= 500 || problem.status === 429) throw problem;
      const reason = await reasonOf(problem);
      if (reason.code === "suspended") weather.set(reason);
      drop();
      throw reason;
    })
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Why a session is over: with a token that has not run out, somebody who was shut out is told so. */
function reasonOf(refused) {
  if (!token || refused.code === "suspended") return refused;
  return request("GET", "/users/me", { token }).then(
    () => refused,
    (problem) => (problem.code === "suspended" ? problem : refused),
  );
}

function exclusively(act) {
  return navigator.locks ? navigator.locks.request("matinee.refresh", act) : act();
}

/** A token that is good for a while; null for a stranger. */
export async function accessToken(fresh = false) {
  if (!user && !hint.load()) return null;
  if (!fresh && token && Date.now() < expiresAt - EARLY_MS) return token;
  await refresh();
  return token;
}

/** Show the password again for what is dangerous. */
export async function reauthenticate(password) {
  return take(await request("POST", "/auth/reauthenticate", { body: { password }, token: await accessToken() }));
}

/** What somebody changed about themselves shows everywhere on the page. */
export function know(changed) {
  user = { ...user, ...changed };
  for (const tell of listeners) tell(user);
}

/** The account is shut or gone: forget it here without asking the server. */
export const forget = drop;

export async function signIn(email, password) {
  return take(await request("POST", "/auth/login", { body: { email, password } }));
}

export async function signOut() {
  try {
    await request("POST", "/auth/logout", { body: {}, token });
  } finally {
    drop({ quietly: true });
  }
}
