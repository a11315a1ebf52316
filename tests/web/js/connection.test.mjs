// One seat over a line that drops, doubles, loses and reorders.
import assert from "node:assert/strict";
import test from "node:test";

import { delayMs, farewell, isFinal } from "../../../web/static/js/net/backoff.js";
import { Connection } from "../../../web/static/js/net/connection.js";
import { localNow } from "../../../web/static/js/sync/clock.js";

class Line {
  readyState = 1;
  sent = [];
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }
  says(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
  drops(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }
  of(t) {
    return this.sent.filter((frame) => frame.t === t);
  }
}

const memory = (value = null) => ({ load: () => value, save: (next) => (value = next), get value() { return value; } });
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function seated(t, { kept = memory(), seq = 5 } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const lines = [];
  const heard = { welcome: [], event: [], fleeting: [], lost: [], final: [] };
  const asked = [];
  const connection = new Connection({
    url: "ws://here/ws/parties/ABCD1234",
    credential: async (again) => (asked.push(again), { guest: "Ada" }),
    client: { name: "web" },
    kept,
    open: () => lines[lines.push(new Line()) - 1],
  });
  for (const name of Object.keys(heard)) connection.addEventListener(name, (event) => heard[name].push(event.detail));
  const welcome = (line, fields = {}) =>
    line.says({ t: "welcome", you: { session: "s1", member_id: "m" }, epoch: "e1", seq, party: {}, resumed: false, missed: [], ...fields });
  await connection.start();
  lines[0].onopen();
  const come = async () => {
    t.mock.timers.tick(20_000);
    await turn();
    lines.at(-1).onopen();
    return lines.at(-1);
  };
  t.after(() => connection.close());
  return { connection, lines, heard, asked, welcome, come, kept };
}

test("hello says who, what client, and no session on a first visit", async (t) => {
  const { lines } = await seated(t);
  assert.deepEqual(lines[0].sent, [{ t: "hello", guest: "Ada", client: { name: "web" } }]);
});

test("five questions for the time follow the welcome", async (t) => {
  const { lines, welcome } = await seated(t);
  welcome(lines[0]);
  assert.equal(lines[0].of("clock").length, 5);
});

test("a new line brings a new clock, and the old one serves until then", async (t) => {
  const { connection, lines, welcome, come } = await seated(t);
  const tells = (line, offset) => {
    const now = localNow();
    line.says({ t: "clock", t0: now, t1: now + offset, t2: now + offset });
  };
  const near = (offset) => assert.ok(Math.abs(connection.clock.offset - offset) < 100, `${connection.clock.offset}`);
  welcome(lines[0]);
  tells(lines[0], 20_000);
  tells(lines[0], 20_000);
  near(20_000);
  lines[0].drops();
  const line = await come();
  welcome(line);
  near(20_000);
  tells(line, 3_000);
  near(3_000);
});

test("who has to wait outside stays who they are over a cut, and comes in on the same line", async (t) => {
  const { connection, lines, heard, welcome, come, kept } = await seated(t);
  const outside = [];
  connection.addEventListener("outside", (event) => outside.push(event.detail));
  const told = { t: "outside", you: { session: "s1", member_id: "m", name: "Ada" }, heartbeat_ms: 15_000 };
  lines[0].says(told);
  assert.deepEqual(kept.value, { session: "s1", epoch: "", seq: 0 });
  lines[0].drops();
  const line = await come();
  assert.deepEqual(line.of("hello")[0].resume, { session: "s1", epoch: "", seq: 0 });
  line.says(told);
  assert.equal(outside.length, 2);
  const said = connection.command("chat.send", { body: "hi" });
  assert.deepEqual(line.of("chat.send"), []);
  welcome(line);
  assert.equal(heard.welcome.length, 1);
  line.says({ t: "ok", id: line.of("chat.send")[0].id, seq: 6 });
  await said;
});

test("events are applied once and in order", async (t) => {
  const { lines, heard, welcome } = await seated(t);
  welcome(lines[0]);
  for (const seq of [6, 6, 4, 7]) lines[0].says({ t: "chat", seq });
  assert.deepEqual(heard.event.map((frame) => frame.seq), [6, 7]);
});

test("a gap asks for a resync, once, and nothing beyond it is applied", async (t) => {
  const { lines, heard, welcome } = await seated(t);
  welcome(lines[0]);
  for (const seq of [8, 9]) lines[0].says({ t: "chat", seq });
  assert.deepEqual(lines[0].of("resync"), [{ t: "resync", seq: 5 }]);
  assert.deepEqual(heard.event, []);
  welcome(lines[0], { seq: 9, resumed: true });
  lines[0].says({ t: "chat", seq: 10 });
  assert.deepEqual(heard.event.map((frame) => frame.seq), [10]);
});

test("a lost last event is found by the top", async (t) => {
  const { lines, welcome } = await seated(t);
  welcome(lines[0]);
  lines[0].says({ t: "top", seq: 5 });
  assert.equal(lines[0].of("resync").length, 0);
  lines[0].says({ t: "top", seq: 6 });
  assert.equal(lines[0].of("resync").length, 1);
});

test("after a cut it offers its session and the last seq it applied", async (t) => {
  const { lines, welcome, come } = await seated(t);
  welcome(lines[0]);
  lines[0].says({ t: "chat", seq: 6 });
  lines[0].drops();
  const line = await come();
  assert.deepEqual(line.of("hello")[0].resume, { session: "s1", epoch: "e1", seq: 6 });
});

test("a reload finds the session again", async (t) => {
  const { lines } = await seated(t, { kept: memory({ session: "s0", epoch: "e0", seq: 41 }) });
  assert.deepEqual(lines[0].sent[0].resume, { session: "s0", epoch: "e0", seq: 41 });
});

test("a command that was not answered is sent again with the same id", async (t) => {
  const { connection, lines, welcome, come } = await seated(t);
  welcome(lines[0]);
  const answered = connection.command("chat.send", { body: "hello" });
  const [first] = lines[0].of("chat.send");
  lines[0].drops();
  const line = await come();
  assert.equal(line.of("chat.send").length, 0, "not before the welcome");
  welcome(line, { resumed: true });
  assert.deepEqual(line.of("chat.send"), [first]);
  line.says({ t: "ok", id: first.id, seq: 6 });
  assert.equal((await answered).seq, 6);
});

test("an answered command is not sent again", async (t) => {
  const { connection, lines, welcome, come } = await seated(t);
  welcome(lines[0]);
  const answered = connection.command("play");
  lines[0].says({ t: "ok", id: lines[0].of("play")[0].id, seq: 6 });
  await answered;
  lines[0].drops();
  const line = await come();
  welcome(line);
  assert.equal(line.of("play").length, 0);
});

test("a refusal says its code", async (t) => {
  const { connection, lines, welcome } = await seated(t);
  welcome(lines[0]);
  const answered = connection.command("play");
  lines[0].says({ t: "error", id: lines[0].of("play")[0].id, code: "forbidden", message: "No." });
  await assert.rejects(answered, { code: "forbidden", message: "No." });
});

test("what is unavailable is asked again with the same id", async (t) => {
  const { connection, lines, welcome } = await seated(t);
  welcome(lines[0]);
  connection.command("play");
  const [first] = lines[0].of("play");
  lines[0].says({ t: "error", id: first.id, code: "unavailable", message: "Later.", retry_after_ms: 300 });
  t.mock.timers.tick(300);
  assert.deepEqual(lines[0].of("play"), [first, first]);
});

test("an expired credential is fetched afresh", async (t) => {
  const { lines, asked, welcome, come } = await seated(t);
  welcome(lines[0]);
  lines[0].drops(4031);
  await come();
  assert.deepEqual(asked, [false, true]);
});

test("final codes end it with a sentence and are not tried again", async (t) => {
  const { lines, heard, welcome } = await seated(t);
  welcome(lines[0]);
  lines[0].drops(4511);
  t.mock.timers.tick(60_000);
  await turn();
  assert.equal(lines.length, 1);
  assert.equal(heard.final[0].title, "You were asked to leave this party.");
});

test("what the old line still says is not heard", async (t) => {
  const { lines, heard, welcome, come } = await seated(t);
  welcome(lines[0]);
  lines[0].drops();
  await come();
  lines[0].says({ t: "chat", seq: 6 });
  assert.deepEqual(heard.event, []);
});

test("silence of the server is a dead line", async (t) => {
  const { connection, lines, welcome } = await seated(t);
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  welcome(lines[0]);
  lines[0].says({ t: "ping" });
  now += 38_000;
  t.mock.timers.tick(5_000);
  assert.equal(lines[0].closedWith, 4008);
  assert.ok(connection);
});

test("the range of a close code decides, known or not", () => {
  for (const code of [1001, 1006, 1012, 1013, 4000, 4008, 4029, 4031, 4499, 3000]) assert.equal(isFinal(code), false, String(code));
  for (const code of [4500, 4501, 4504, 4777, 4999, 1009]) assert.equal(isFinal(code), true, String(code));
  assert.ok(farewell(4777).title);
});

test("back-off doubles from half a second to twenty, with full jitter", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 60].map((n) => delayMs(n, () => 1)), [500, 1000, 2000, 16000, 20000, 20000]);
  assert.equal(delayMs(3, () => 0), 0);
});
