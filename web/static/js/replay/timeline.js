/**
 * An evening that can be played again: pure functions of the frames and reactions of a replay.
 *
 * Theory. Two times. A *moment* is server time, in which all frames and the party's playbacks stand: where the film was at one
 * follows from the last playback before it, as it did for those who were there. An *offset* is time of the replay, from 0 on: it
 * runs with the moments, and leaves out long stretches in which nothing happened and the film stood still, such as the
 * days between a party's making and its evening. `stretches` are what is left, in moments.
 */

import { clamp, moving, positionAt } from "../sync/playback.js";

/** After so long without a word or a moving picture the rest is passed over. */
export const QUIET_MS = 60_000;
/** What is shown before and after something that stands alone. */
export const MARGIN_MS = 3_000;

/**
 * `frames` in order of their seq, `reactions` as [at_ms, emoji, count]. Gives {shows: [{ms, video, playback}], said: [{ms, message}],
 * waits: [{ms, ids}], reactions, members, stretches: [{fromMs, toMs, offsetMs}], lengthMs}.
 */
export function timelineOf(frames, reactions = []) {
  const found = { shows: [], said: [], waits: [], reactions, members: {} };
  const happened = [];
  let ms = -Infinity;
  let video = null;
  for (const frame of frames) {
    ms = Math.max(ms, frame.at_ms); // by the clocks of two nodes a later frame may look earlier
    happened.push(ms);
    if (frame.video) video = frame.video;
    if (frame.playback) found.shows.push({ ms, video, playback: frame.playback });
    if (frame.t === "chat") found.said.push({ ms, message: frame.message });
    if (frame.t === "waiting") found.waits.push({ ms, ids: frame.for });
    if (frame.member) found.members[frame.member.id] = frame.member;
  }
  const stretches = stretched([...happened, ...reactions.map(([at]) => at)].map((at) => [at, at]).concat(runs(found.shows, ms)));
  return { ...found, stretches, lengthMs: stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) };
}

/** When the film was moving, as [from, to] in moments. */
function runs(shows, endMs) {
  return shows.flatMap(({ ms, video, playback }, i) => {
    const from = Math.max(ms, playback.at_ms);
    const next = Math.min(shows[i + 1]?.ms ?? endMs, endMs);
    const left = video?.duration_ms ? (video.duration_ms - playback.position_ms) / playback.rate : Infinity;
    const to = Math.min(next, playback.at_ms + left);
    return playback.paused || to <= from ? [] : [[from, to]];
  });
}

/** Join what is no further apart than `QUIET_MS`; around what stands alone a little is kept. */
function stretched(busy) {
  const joined = [];
  for (const [from, to] of busy.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from - last[1] <= QUIET_MS) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  let offsetMs = 0;
  return joined.map(([from, to], i) => {
    const fromMs = i === 0 ? from : from - MARGIN_MS;
    const toMs = i === joined.length - 1 ? to : to + MARGIN_MS;
    const stretch = { fromMs, toMs, offsetMs };
    offsetMs += toMs - fromMs;
    return stretch;
  });
}

/** The number of items whose `ms` is at or before a moment. */
export function countUntil(items, ms, msOf = (item) => item.ms) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (msOf(items[middle]) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const lastUntil = (items, ms) => items[countUntil(items, ms) - 1] ?? null;

/** What was on at a moment: {video, playback, positionMs, moving}; null before there was anything. */
export function onScreen(timeline, ms) {
  const show = lastUntil(timeline.shows, ms);
  if (!show) return null;
  const durationMs = show.video?.duration_ms ?? null;
  return {
    ...show,
    positionMs: positionAt(show.playback, ms, durationMs),
    moving: show.video !== null && moving(show.playback, ms, durationMs),
  };
}

/** When the film went on that stands still at a moment; null where it never did. */
export function goesOnMs(timeline, ms) {
  for (const show of timeline.shows.slice(countUntil(timeline.shows, ms))) {
    const at = Math.max(show.ms, show.playback.at_ms);
    if (onScreen(timeline, at).moving) return at;
  }
  return null;
}

/** The moment at an offset. */
export function momentAt({ stretches, lengthMs }, offsetMs) {
  const offset = clamp(offsetMs, 0, lengthMs);
  const stretch = stretches[countUntil(stretches, offset, (one) => one.offsetMs) - 1];
  return stretch ? Math.min(stretch.fromMs + offset - stretch.offsetMs, stretch.toMs) : 0;
}

/** The offset of a moment; of one that is passed over, that of the stretch after it. */
export function offsetOf({ stretches, lengthMs }, ms) {
  const stretch = stretches.find(({ toMs }) => ms < toMs);
  return stretch ? stretch.offsetMs + Math.max(0, ms - stretch.fromMs) : lengthMs;
}

/** How lively it was: `n` numbers over the length of the replay, the greatest 1. A word counts as much as a reaction. */
export function liveliness(timeline, n) {
  const bins = new Array(n).fill(0);
  const add = (ms, count) => {
    const bin = Math.floor((offsetOf(timeline, ms) / Math.max(1, timeline.lengthMs)) * n);
    bins[Math.min(bin, n - 1)] += count;
  };
  for (const { ms } of timeline.said) add(ms, 1);
  for (const [ms, , count] of timeline.reactions) add(ms, count);
  const most = Math.max(...bins, 1);
  return bins.map((bin) => bin / most);
}

/** Where to go in: each film's first start, and the liveliest seconds, no two of them near each other: [{ms, film} | {ms, emoji}]. */
export function landmarks(timeline, mostPeaks = 5) {
  const films = [];
  for (const show of timeline.shows) {
    if (show.video && !show.playback.paused && !films.some(({ film }) => film.id === show.video.id)) {
      films.push({ ms: Math.max(show.ms, show.playback.at_ms), film: show.video });
    }
  }
  const peaks = [];
  for (const [ms, emoji, count] of [...timeline.reactions].sort((a, b) => b[2] - a[2] || a[0] - b[0])) {
    if (peaks.length === mostPeaks) break;
    if (count > 1 && !peaks.some((peak) => Math.abs(peak.ms - ms) < QUIET_MS)) peaks.push({ ms, emoji, count });
  }
  return [...films, ...peaks].sort((a, b) => a.ms - b.ms);
}
