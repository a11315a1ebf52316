import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../../web/static/js/net/http.js";

const problem = new Problem({ detail: "no", errors: [{ path: "$.email", message: "taken" }, { path: "$.password", message: "weak" }] }, 400);

test("what the server said of a field stands at the field", () => {
  assert.equal(problem.of("email"), "taken");
  assert.equal(problem.of("password"), "weak");
  assert.equal(problem.of("username"), null);
});

test("a form is wrong as a whole unless all that is wrong has its field", () => {
  assert.equal(problem.within(["email", "password"]), true);
  assert.equal(problem.within(["email"]), false);
  assert.equal(new Problem({ errors: [] }, 503).within(["email"]), false);
  assert.equal(new Problem({ errors: [{ path: "?limit", message: "x" }] }, 400).within(["limit"]), false);
});
