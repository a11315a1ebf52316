// What people are told in place of codes, headers and user agents.
import assert from "node:assert/strict";
import test from "node:test";

import { deviceName } from "../../../web/static/js/lib/device.js";
import { waiting } from "../../../web/static/js/lib/format.js";
import { path, query } from "../../../web/static/js/net/paths.js";
import { Problem, parse, waitMs } from "../../../web/static/js/net/http.js";
import { weather } from "../../../web/static/js/net/weather.js";

const refused = (document, status, retryAfter) => {
  try {
    parse(JSON.stringify(document), status, retryAfter);
  } catch (problem) {
    return problem;
  }
  return assert.fail("not refused");
};

test("who is too fast is told so in words, and when to come back", () => {
  const problem = refused({ code: "rate_limited", title: "Too fast", detail: "Too fast" }, 429, "12");
  assert.equal(problem.message, "That was a little too fast. Try again in 12 seconds.");
  assert.equal(problem.retryAfterMs, 12_000);
});

test("what the server says itself is kept, with the time to wait", () => {
  const problem = refused({ code: "rate_limited", title: "Too fast", detail: "Too many wrong passwords." }, 429, "540");
  assert.equal(problem.message, "Too many wrong passwords. Try again in 9 minutes.");
});

test("without a time to wait none is made up", () => {
  assert.equal(new Problem({ code: "unavailable", title: "x", detail: "x" }, 503).message, "Something that the server needs does not answer.");
  assert.equal(new Problem({ code: "taken", title: "Already taken", detail: "Already taken" }, 409).message, "Already taken.");
});

test("maintenance is kept for the whole page", () => {
  refused({ code: "taken" }, 409, null);
  assert.equal(weather.now, null);
  refused({ code: "maintenance", title: "Under maintenance", detail: "We move house until noon." }, 503, "60");
  assert.equal(weather.now.message, "We move house until noon. Try again in 60 seconds.");
});

test("a time to wait is seconds or a date, and nothing else", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(waitMs("3"), 3_000);
  assert.equal(waitMs("Thu, 01 Jan 2026 00:01:00 GMT", now), 60_000);
  assert.equal(waitMs("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  for (const nothing of [null, undefined, "", "soon", "-1x"]) assert.equal(waitMs(nothing, now), null);
});

test("nobody is told to come too early", () => {
  assert.deepEqual([0, 1_000, 1_001, 89_000, 90_000, 121_000].map(waiting),
    ["1 second", "1 second", "2 seconds", "89 seconds", "2 minutes", "3 minutes"]);
});

test("a device is named as its owner knows it", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
  assert.equal(deviceName(chrome), "Chrome on Linux");
  assert.equal(deviceName(`${chrome} Edg/141.0`), "Edge on Linux");
  assert.equal(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"), "Safari on iPhone");
  assert.equal(deviceName("Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"), "Firefox on Android");
  assert.equal(deviceName("curl/8.5"), "curl/8.5");
  assert.equal(deviceName(null), "A device that did not say its name");
});

test("what people type stays one part of an address", () => {
  assert.equal(path`/users/${"../admin?x"}/follow`, "/users/..%2Fadmin%3Fx/follow");
  assert.equal(query({ q: "a&b", cursor: null, limit: 3, kind: "" }), "?q=a%26b&limit=3");
});
