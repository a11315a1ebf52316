import assert from "node:assert/strict";
import { test } from "node:test";

import { returnPath } from "../../../web/static/js/lib/return-path.js";

const origin = "https://watch.example.com";
const after = (next) => returnPath({ origin, search: next === null ? "" : `?${new URLSearchParams({ next })}` });

test("a page of ours is returned to, with its query", () => {
  assert.equal(after("/p/ABCD2345?x=1#y"), `${origin}/p/ABCD2345?x=1#y`);
  assert.equal(after(null), `${origin}/`);
});

const ELSEWHERE = [
  "https://evil.example.org", "//evil.example.org", "/\\evil.example.org", "\\\\evil.example.org", "/\t/evil.example.org",
  "/\n/evil.example.org", "/\r\\evil.example.org", "javascript:alert(1)", "data:text/html,x", "evil.example.org", "///evil.example.org",
  "/.//evil.example.org", "/..//evil.example.org", "https:evil.example.org", " //evil.example.org", "", "http://[",
];

for (const next of ELSEWHERE) {
  test(`${JSON.stringify(next)} leads nowhere else`, () => {
    assert.equal(new URL(after(next), origin).origin, origin);
  });
}
