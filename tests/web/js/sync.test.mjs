// What the vectors do not cover: the latency that a player learns, the grid of the screen, the film's own clock.
import assert from "node:assert/strict";
import test from "node:test";

import { FrameClock, circularMean } from "../../../web/static/js/sync/frames.js";
import { Latency } from "../../../web/static/js/sync/latency.js";
import { setRate } from "../../../web/static/js/sync/media.js";
import { landing, moving, timeOf } from "../../../web/static/js/sync/playback.js";

const near = (got, wanted, by = 1e-6) => assert.ok(Math.abs(got - wanted) <= by, `${got}, not ${wanted}`);

test("a start is learned at once and then slowly; a sleeping tab teaches nothing", () => {
  const latency = new Latency();
  latency.started(200);
  assert.equal(latency.startMs, 200);
  latency.started(100);
  assert.equal(latency.startMs, 160);
  latency.started(60_000);
  latency.started(Number.NaN);
  assert.equal(latency.startMs, 160);
});

test("the slowest of the last four seeks counts, with a margin", () => {
  const latency = new Latency();
  for (const ms of [400, 40, 40, 40]) latency.sought(ms);
  assert.equal(latency.seekMs, 500);
  latency.sought(40);
  assert.equal(latency.seekMs, 50);
});

const playing = { paused: false, position_ms: 5_000, rate: 1, at_ms: 100_000, revision: 1 };

test("a seek lands where the party will be when it is through", () => {
  assert.equal(landing(playing, 101_000, { seekMs: 150, startMs: 50 }), 6_200);
  assert.equal(landing(playing, 99_000, { seekMs: 150, startMs: 50 }), 5_000, "a start that is further ahead is met at its own");
});

test("the film moves from its start to its end", () => {
  assert.equal(moving(playing, 99_999), false);
  assert.equal(moving(playing, 100_000), true);
  assert.equal(moving(playing, 100_000 + 55_000, 60_000), false);
  assert.equal(timeOf(playing, 6_000), 101_000);
});

test("a circular mean does not care on which side of the frame a reading fell", () => {
  near(circularMean([15, -15, 55 / 3], 100 / 3), 155 / 9 - 100 / 3, 0.1);
  near(circularMean([2, 2 + 100 / 3, 2 - 100 / 3], 100 / 3), 2);
});

/** A film on a screen: at each tick of a grid the frame goes out that is nearest to `currentTime` one refresh later. */
const REFRESH_MS = 50 / 3;
function screen({ frameMs, gridMs, lag = 0, said = true }) {
  let callback = null;
  const video = { paused: false, seeking: false, playbackRate: 1, currentTime: 0 };
  video.requestVideoFrameCallback = (next) => ((callback = next), 1);
  const start = 1_000;
  const frames = new FrameClock(video, (at) => at - start);
  for (let i = 0; i < 40; i += 1) {
    const at = start + gridMs + i * frameMs;
    video.currentTime = (at - start - lag) / 1000;
    const shown = Math.round((at - start - lag + REFRESH_MS) / frameMs) * frameMs;
    const expectedDisplayTime = said ? at + REFRESH_MS : undefined;
    callback(at, { mediaTime: shown / 1000, presentationTime: at, expectedDisplayTime, presentedFrames: i + 1 });
  }
  return { frames, video, expected: video.currentTime * 1000 + lag };
}

test("the length of a frame is read off the film", () => {
  near(screen({ frameMs: 1000 / 60, gridMs: 3 }).frames.frameMs, 1000 / 60);
});

for (const gridMs of [1, 9, 17, 25, 32]) {
  test(`wherever the grid lies (${gridMs} ms), a player in step is told so, and one that is late is told by how much`, () => {
    for (const frameMs of [50 / 3, 100 / 3, 1000 / 24]) {
      for (const lag of [0, 50, 400]) {
        const { frames, expected } = screen({ frameMs, gridMs, lag });
        near(frames.positionMs - expected, REFRESH_MS - lag, frameMs / 4 + 0.01);
      }
    }
  });
}

test("where the browser does not say when a frame is seen, half of its length is taken", () => {
  const { frames, expected } = screen({ frameMs: 100 / 3, gridMs: 5, said: false });
  near(frames.positionMs - expected, 100 / 6, 100 / 12 + 0.01);
});

test("a paused player stands where it says", () => {
  const { frames, video } = screen({ frameMs: 100 / 3, gridMs: 5 });
  video.paused = true;
  assert.equal(frames.positionMs, video.currentTime * 1000);
});

test("sound is stretched only where the party itself plays faster or slower", () => {
  const video = { playbackRate: 1, preservesPitch: true };
  setRate(video, 1, 1.02);
  assert.deepEqual(video, { playbackRate: 1.02, preservesPitch: false });
  setRate(video, 1.5, 1);
  assert.deepEqual(video, { playbackRate: 1.5, preservesPitch: true });
});
