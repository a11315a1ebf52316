// Where things are, and how the keyboard gets there.
import assert from "node:assert/strict";
import test from "node:test";

import { elsewhere } from "../../../web/static/js/lib/elsewhere.js";
import { moved } from "../../../web/static/js/lib/listbox.js";
import { placeOf } from "../../../web/static/js/lib/places.js";

test("arrows go round through the list and the box", () => {
  const walk = (by) => [0, 1, 2, 3].reduce((path) => [...path, moved(path.at(-1), by, 3)], [-1]);
  assert.deepEqual(walk(1), [-1, 0, 1, 2, -1]);
  assert.deepEqual(walk(-1), [-1, 2, 1, 0, -1]);
});

test("what is found leads to its own page, or where it has none to its results", () => {
  assert.equal(placeOf({ kind: "user", text: "Ada", username: "a.da" }), "/u/a.da");
  assert.equal(placeOf({ kind: "party", text: "Friday", code: "ABCD1234" }), "/p/ABCD1234");
  assert.equal(placeOf({ kind: "video", text: "A & B" }), "/search?q=A+%26+B&kind=videos");
});

test("nobody leaves a party by following a link", () => {
  assert.equal(elsewhere("/p/ABCD1234").target, "_blank");
  assert.deepEqual(elsewhere("/"), {});
});
