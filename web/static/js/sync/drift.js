/**
 * What to do about drift = local position - expected position. Rate first, seek last.
 *
 *   |drift| <= 10 ms             nothing (once correcting, go on until under 5 ms; after a start until under 2 ms)
 *   |drift| <= 2,000 ms          playback rate: up to 5 % below 200 ms, 10 % above, 2 % once in step for 10 s
 *   |drift| >  2,000 ms          seek: a hard seek cannot mend an error smaller than its own 50-400 ms stall
 *
 * A tick comes every 250 ms; readings are smoothed 0.6 new, 0.4 old. The rate mends the drift within about a second
 * (1 % for each 10 ms), which with this smoothing settles without swinging: both poles have modulus 0.63.
 */

import { clamp } from "./playback.js";

export const TICK_MS = 250;
export const IGNORE_MS = 10;
export const DONE_MS = 5;
/** Of two players 5 ms off either way, and a frame's half beside, the pair would be further apart than 20 ms. */
export const SETTLED_MS = 2;
export const SEEK_MS = 2_000;
export const COARSE_MS = 200;
export const COARSE_LIMIT = 0.1;
export const FINE_LIMIT = 0.05;
export const STEADY_LIMIT = 0.02;
export const STEADY_AFTER_MS = 10_000;
/** Beyond this nobody would call it in step, and the steady limit is lifted. */
export const IN_STEP_MS = 40;
export const NEW_WEIGHT = 0.6;

/** After a start there is something to mend, whatever it is. */
export const STARTING = Object.freeze({ smoothed: null, correcting: true, settling: true, inStepSince: null });
export const AT_REST = Object.freeze({ smoothed: null, correcting: false, settling: false, inStepSince: null });

/**
 * Decide one tick: gives the next state and `{ seek }` or `{ rate }`, a factor on the party's own rate.
 */
export function decide(state, driftMs, nowMs) {
  const smoothed = state.smoothed === null ? driftMs : NEW_WEIGHT * driftMs + (1 - NEW_WEIGHT) * state.smoothed;
  const size = Math.abs(smoothed);
  if (size > SEEK_MS) return { state: AT_REST, seek: true, rate: 1 };
  const inStepSince = size <= IN_STEP_MS ? (state.inStepSince ?? nowMs) : null;
  const done = state.settling ? SETTLED_MS : DONE_MS;
  const correcting = size > IGNORE_MS || (state.correcting && size >= done);
  const next = { smoothed, correcting, settling: state.settling && correcting, inStepSince };
  if (!correcting) return { state: next, seek: false, rate: 1 };
  const steady = inStepSince !== null && nowMs - inStepSince >= STEADY_AFTER_MS;
  const limit = steady ? STEADY_LIMIT : size > COARSE_MS ? COARSE_LIMIT : FINE_LIMIT;
  return { state: next, seek: false, rate: 1 + clamp(-smoothed / 1000, -limit, limit) };
}

/** A word and a level for people: how well somebody is in step. */
export function verdict(driftMs) {
  if (driftMs === null || driftMs === undefined) return { level: "unknown", words: "not measured" };
  const size = Math.abs(driftMs);
  if (size <= IN_STEP_MS) return { level: "good", words: "in step" };
  const side = driftMs > 0 ? "ahead" : "behind";
  if (size <= 500) return { level: "fair", words: `${Math.round(size)} ms ${side}` };
  return { level: "poor", words: `${(size / 1000).toFixed(1)} s ${side}` };
}
