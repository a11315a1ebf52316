// The browser's clock, timeline and drift rules against the vectors that Python's are held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { ClockFilter } from "../../../web/static/js/sync/clock.js";
import { AT_REST, STARTING, decide } from "../../../web/static/js/sync/drift.js";
import { Latency } from "../../../web/static/js/sync/latency.js";
import { landing, moving, positionAt, timeOf } from "../../../web/static/js/sync/playback.js";
import { onScreen, timelineOf } from "../../../web/static/js/replay/timeline.js";

// Another folder holds cases that Python has made up and solved (tests/web/test_modules.py).
const folder = process.env.MATINEE_VECTORS ?? fileURLToPath(new URL("../../vectors", import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`)));
const near = (got, wanted, words) => assert.ok(Math.abs(got - wanted) < 1e-6, `${words}: ${got}, not ${wanted}`);

for (const one of read("playback")) {
  test(`playback: ${one.name}`, () => near(positionAt(one.playback, one.now_ms, one.duration_ms), one.position_ms, "position"));
}

for (const one of read("timeline")) {
  test(`timeline: ${one.name}`, () => {
    assert.equal(moving(one.playback, one.now_ms, one.duration_ms), one.moving);
    const time = timeOf(one.playback, one.reaches_ms);
    if (one.time_ms === null) assert.equal(time, null);
    else near(time, one.time_ms, "time");
  });
}

for (const one of read("clock")) {
  test(`clock: ${one.name}`, () => {
    const filter = new ClockFilter();
    for (const sample of one.samples) filter.add(...sample);
    near(filter.offset, one.offset_ms, "offset");
    near(filter.delay, one.delay_ms, "delay");
  });
}

for (const one of read("drift")) {
  test(`drift: ${one.name}`, () => {
    let state = one.starting ? STARTING : AT_REST;
    one.steps.forEach((step, i) => {
      const decided = decide(state, step.drift_ms, step.now_ms);
      state = decided.state;
      assert.equal(decided.seek, step.seek ?? false, `step ${i}`);
      if (!decided.seek) near(decided.rate, step.rate, `step ${i}`);
    });
  });
}

for (const one of read("latency")) {
  test(`latency: ${one.name}`, () => {
    const latency = new Latency();
    for (const ms of one.started) latency.started(ms);
    for (const ms of one.sought) latency.sought(ms);
    near(latency.startMs, one.start_ms, "start");
    near(latency.seekMs, one.seek_ms, "seek");
    near(landing(one.playback, one.now_ms, latency, one.duration_ms), one.landing_ms, "landing");
  });
}

for (const one of read("replay")) {
  test(`replay: ${one.name}`, () => {
    const timeline = timelineOf(one.frames);
    for (const { ms, video_id, position_ms, moving: moves } of one.moments) {
      const shown = onScreen(timeline, ms);
      assert.equal(shown?.video?.id ?? null, video_id, `film at ${ms}`);
      assert.equal(shown?.moving ?? false, moves, `moving at ${ms}`);
      near(shown?.positionMs ?? 0, position_ms, `position at ${ms}`);
    }
  });
}
