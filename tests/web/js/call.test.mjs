// A call that is refused: what is mended and tried again, and what is not.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.localStorage = { getItem: () => "true", setItem() {}, removeItem() {} };
globalThis.navigator ??= {};
const { call, onReauthentication } = await import("../../../web/static/js/net/call.js");
const { reauthenticate, currentUser, signIn } = await import("../../../web/static/js/net/session.js");
const { weather } = await import("../../../web/static/js/net/weather.js");

const SESSION = { access_token: "first", expires_in: 900, user: { id: "u" } };
const problem = (status, code) => [status, { code, title: code, detail: code }];

/** A server that gives `answers` one after another, and keeps what was asked: "POST /auth/refresh". */
function server(...answers) {
  const asked = [];
  globalThis.fetch = async (url, { method, headers }) => {
    asked.push(`${method} ${url.slice("/api/v1".length)} ${headers.Authorization ?? ""}`.trim());
    const [status, body] = answers.shift() ?? assert.fail(`not expected: ${asked.at(-1)}`);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  };
  return asked;
}

async function signedIn() {
  server([200, SESSION]);
  await signIn("a@example.com", "x");
}

test("a token that ran out is renewed and the call made again", async () => {
  await signedIn();
  const asked = server(problem(401, "token_expired"), [200, { ...SESSION, access_token: "second" }], [200, { ok: true }]);
  assert.deepEqual(await call("GET", "/users/me"), { ok: true });
  assert.deepEqual(asked, ["GET /users/me Bearer first", "POST /auth/refresh", "GET /users/me Bearer second"]);
});

test("a wrong password is not tried twice: each try counts", async () => {
  await signedIn();
  const asked = server(problem(401, "bad_credentials"));
  await assert.rejects(call("DELETE", "/users/me", { password: "wrong" }), { code: "bad_credentials" });
  assert.equal(asked.length, 1);
});

test("what is dangerous goes on once the password was shown, in the session that this opened", async () => {
  await signedIn();
  onReauthentication(async () => Boolean(await reauthenticate("x")));
  const asked = server(problem(403, "reauthentication_required"), [200, { ...SESSION, access_token: "fresh" }], [200, {}]);
  await call("POST", "/admin/users/u/ban", { reason: "y" });
  assert.equal(asked.at(-1), "POST /admin/users/u/ban Bearer fresh");
});

test("who does not show it is told what was wanted", async () => {
  await signedIn();
  onReauthentication(async () => false);
  const asked = server(problem(403, "reauthentication_required"));
  await assert.rejects(call("POST", "/admin/maintenance", { on: true }), { code: "reauthentication_required" });
  assert.equal(asked.length, 1);
});

test("a session that is over because the account was shut says so to the whole page", async () => {
  await signedIn();
  server(problem(401, "unauthenticated"), problem(401, "bad_refresh_token"), problem(403, "suspended"));
  await assert.rejects(call("GET", "/notifications"), { code: "suspended" });
  assert.equal(weather.now.code, "suspended");
  assert.equal(currentUser(), null);
});

test("a notice that was put away does not come back over the other socket", () => {
  weather.hear({ id: "n1", text: "Doors close at ten." });
  assert.equal(weather.notice.text, "Doors close at ten.");
  weather.putAway();
  weather.hear({ id: "n1", text: "Doors close at ten." });
  assert.equal(weather.notice, null);
});
