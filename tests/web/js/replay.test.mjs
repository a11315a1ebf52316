// A replay's own time: what is passed over, and where a moment is in it.
import assert from "node:assert/strict";
import test from "node:test";

import { Pace } from "../../../web/static/js/replay/pace.js";
import {
  MARGIN_MS, QUIET_MS, countUntil, goesOnMs, landmarks, liveliness, momentAt, offsetOf, timelineOf,
} from "../../../web/static/js/replay/timeline.js";

const DAY = 86_400_000;
const film = { id: "film", title: "The Film", duration_ms: 600_000 };
const playback = (at_ms, position_ms, paused = false) => ({ video_id: "film", paused, position_ms, rate: 1, at_ms, revision: 1 });
const put = (at_ms) => ({ t: "video", at_ms, video: film, playback: playback(at_ms, 0, true) });
const play = (at_ms, from = 0) => ({ t: "playback", at_ms, playback: playback(at_ms, from) });
const stop = (at_ms, at = 0) => ({ t: "playback", at_ms, playback: playback(at_ms, at, true) });
const say = (at_ms, id = `m${at_ms}`) => ({ t: "chat", at_ms, message: { id, member_id: "a", name: "Ann", body: "hm" } });
const end = (at_ms) => ({ t: "party.ended", at_ms });

test("days in which nothing happened are passed over, with a little before and after", () => {
  const timeline = timelineOf([put(0), play(DAY), stop(DAY + 100_000, 100_000), end(DAY + 110_000)]);
  assert.deepEqual(timeline.stretches, [
    { fromMs: 0, toMs: MARGIN_MS, offsetMs: 0 },
    { fromMs: DAY - MARGIN_MS, toMs: DAY + 110_000, offsetMs: MARGIN_MS },
  ]);
  assert.equal(timeline.lengthMs, 110_000 + 2 * MARGIN_MS);
});

test("a film that moves is never passed over, and one that stands is after a while", () => {
  const whole = timelineOf([put(0), play(1_000), end(601_000)]);
  assert.equal(whole.lengthMs, 601_000);
  const over = timelineOf([put(0), play(1_000), end(601_000 + DAY)]);
  assert.equal(over.lengthMs, 601_000 + 2 * MARGIN_MS);
  const talking = timelineOf([put(0), say(QUIET_MS), say(2 * QUIET_MS), end(3 * QUIET_MS)]);
  assert.equal(talking.lengthMs, 3 * QUIET_MS);
});

test("reactions keep their time, and an evening of nothing has no length", () => {
  assert.equal(timelineOf([put(0), end(DAY)], [[DAY / 2, "👏", 1]]).stretches.length, 3);
  assert.equal(timelineOf([end(5)]).lengthMs, 0);
  assert.equal(momentAt(timelineOf([end(5)]), 9), 5);
  assert.equal(timelineOf([]).lengthMs, 0);
  assert.equal(momentAt(timelineOf([]), 9), 0);
});

test("offsets and moments lead to each other, and what is passed over leads to what comes after it", () => {
  const timeline = timelineOf([put(0), say(30_000), play(DAY), end(DAY + 50_000)]);
  for (let offset = 0; offset <= timeline.lengthMs; offset += 500) {
    const moment = momentAt(timeline, offset);
    assert.equal(offsetOf(timeline, moment), offset, `offset ${offset}`);
  }
  assert.equal(momentAt(timeline, offsetOf(timeline, DAY / 2)), DAY - MARGIN_MS);
  assert.equal(momentAt(timeline, -1), 0);
  assert.equal(offsetOf(timeline, -1), 0);
  assert.equal(momentAt(timeline, Infinity), DAY + 50_000);
  assert.equal(offsetOf(timeline, Infinity), timeline.lengthMs);
});

test("what was said until a moment is counted by halves", () => {
  const items = [1, 3, 3, 7].map((ms) => ({ ms }));
  assert.deepEqual([0, 1, 2, 3, 6, 7, 8].map((ms) => countUntil(items, ms)), [0, 1, 1, 3, 3, 4, 4]);
});

test("a break ends where the film goes on", () => {
  const timeline = timelineOf([put(0), play(10_000), stop(20_000, 10_000), say(25_000), play(40_000, 10_000), end(50_000)]);
  assert.equal(goesOnMs(timeline, 21_000), 40_000);
  assert.equal(goesOnMs(timeline, 0), 10_000);
  assert.equal(goesOnMs(timeline, 45_000), null);
});

test("lively is where most was said and reacted", () => {
  const timeline = timelineOf([put(0), play(0), say(10), say(20), end(100_000)], [[50_000, "👏", 4]]);
  const bins = liveliness(timeline, 10);
  assert.deepEqual([bins[0], bins[5], bins[9]], [0.5, 1, 0]);
  assert.deepEqual(liveliness(timelineOf([]), 2), [0, 0]);
});

test("landmarks are first starts of films and peaks that are not neighbours", () => {
  const frames = [put(0), play(5_000), stop(9_000, 4_000), play(10_000, 4_000), end(400_000)];
  const reactions = [[50_000, "👏", 4], [51_000, "🔥", 9], [200_000, "😂", 2], [300_000, "😢", 1]];
  const found = landmarks(timelineOf(frames, reactions));
  assert.deepEqual(found.map((one) => [one.ms, one.film?.id ?? one.emoji]), [[5_000, "film"], [51_000, "🔥"], [200_000, "😂"]]);
});

test("the pace runs while nobody pauses it and all is ready, and ends", () => {
  let now = 1_000;
  const pace = new Pace({ lengthMs: 10_000, localNow: () => now });
  now += 500;
  assert.equal(pace.offsetMs, 0);
  pace.play();
  now += 500;
  assert.equal(pace.offsetMs, 500);
  pace.hold(true);
  now += 500;
  assert.equal(pace.offsetMs, 500);
  pace.seek(4_000);
  now += 500;
  assert.equal(pace.offsetMs, 4_000);
  pace.hold(false);
  now += 500;
  assert.equal(pace.offsetMs, 4_500);
  pace.pause();
  now += 500;
  assert.equal(pace.offsetMs, 4_500);
  pace.play();
  now += 60_000;
  assert.deepEqual([pace.offsetMs, pace.over], [10_000, true]);
  pace.seek(0);
  assert.equal(pace.over, false);
});
