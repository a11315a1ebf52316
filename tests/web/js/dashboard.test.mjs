/** How figures stand on the dashboards. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, label } from "../../../web/static/js/lib/metrics.js";

test("figures come in groups, in a steady order, and what nobody knows of comes last", () => {
  const metrics = { zeta: 1, views: 2, drift_p50_ms: 3, watch_time_ms: 4, alpha: 5 };
  assert.deepEqual(grouped(metrics), [
    ["What was watched", [["watch_time_ms", 4], ["views", 2]]],
    ["In step", [["drift_p50_ms", 3]]],
    ["More", [["alpha", 5], ["zeta", 1]]],
  ]);
  assert.deepEqual(grouped({}), []);
});

test("a name without words of its own is shown by itself", () => {
  assert.equal(label("views"), "Views");
  assert.equal(label("brand_new_figure_ms"), "Brand new figure");
});
