/** Where the party is: pure functions of a playback and a time, both in server milliseconds. */

/** Position at `nowMs`, clamped to the duration where it is known. `at_ms` may lie ahead: a scheduled start. */
export function positionAt(playback, nowMs, durationMs = null) {
  const run = playback.paused ? 0 : Math.max(0, nowMs - playback.at_ms) * playback.rate;
  return clamp(playback.position_ms + run, 0, durationMs ?? Infinity);
}

/** Server time at which the party reaches `positionMs`; null where it never does. */
export function timeOf(playback, positionMs) {
  if (playback.paused) return null;
  return playback.at_ms + (positionMs - playback.position_ms) / playback.rate;
}

/** Whether the film should be moving at `nowMs`: started, and not over. */
export function moving(playback, nowMs, durationMs = null) {
  if (playback.paused || nowMs < playback.at_ms) return false;
  return durationMs === null || positionAt(playback, nowMs, durationMs) < durationMs;
}

/**
 * Where to put the player so that it can start in step: the party's position when the seek and the start are through.
 * A start scheduled later than that is met at its own position.
 */
export function landing(playback, nowMs, { seekMs, startMs }, durationMs = null) {
  return positionAt(playback, nowMs + seekMs + startMs, durationMs);
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
