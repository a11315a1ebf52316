/** A call with the token of whoever is signed in: refreshed where it ran out, and with a password shown where that is asked for. */

import { Problem, request } from "./http.js";
import { accessToken, forget } from "./session.js";
import { weather } from "./weather.js";

let askPassword = null;

/** Say who asks for the password again: a function that resolves to whether it was shown. */
export function onReauthentication(ask) {
  askPassword = ask;
}

/** `options` as in `request`: body, bytes, headers, signal, keepalive, as. */
export async function send(method, path, options = {}) {
  const token = await accessToken();
  try {
    return await request(method, path, { ...options, token });
  } catch (problem) {
    if (problem.code === "suspended") shut(problem);
    if (!(problem instanceof Problem) || !(await mended(problem, token))) throw problem;
    return request(method, path, { ...options, token: await accessToken() });
  }
}

function shut(problem) {
  weather.set(problem);
  forget();
}

async function mended(problem, token) {
  if (token && ["unauthenticated", "token_expired"].includes(problem.code)) return Boolean(await accessToken(true));
  return problem.code === "reauthentication_required" && Boolean(await askPassword?.());
}

export const call = (method, path, body) => send(method, path, { body });
