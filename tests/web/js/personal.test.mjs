// What one is told, live: one socket for all tabs, which comes back and asks for what it missed.
import assert from "node:assert/strict";
import test from "node:test";

import { Personal } from "../../../web/static/js/net/personal.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const rings = (id) => ({ t: "notification", notification: { id, text: `told ${id}` } });

class Line {
  readyState = 1;
  sent = [];
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closedWith = code;
  }
  says(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

/** The tabs of one browser: they hear each other, and one at a time holds the lock. */
function browser({ locks = true, now = () => 0, credential = async () => "token" } = {}) {
  const tabs = [];
  const lines = [];
  const asked = [];
  let queue = Promise.resolve();
  const open = () => {
    const heard = [];
    const channel = {
      postMessage: (data) => tabs.filter((tab) => tab.channel !== channel).forEach((tab) => tab.channel.onmessage({ data })),
      close: () => tabs.splice(tabs.findIndex((tab) => tab.channel === channel), 1),
    };
    const personal = new Personal({
      url: "ws://here/ws/me",
      credential: (again) => (asked.push(again), credential(again)),
      channel,
      locks: locks ? { request: (_name, hold) => (queue = queue.then(hold)) } : null,
      now,
      open: () => lines[lines.push(new Line()) - 1],
    });
    personal.addEventListener("notification", (event) => heard.push(event.detail.id));
    const tab = { channel, personal, heard };
    tabs.push(tab);
    personal.start("matinee.personal.u");
    return tab;
  };
  return { open, lines, asked };
}

async function welcomed(line, unread = 0) {
  line.onopen();
  line.says({ t: "welcome", unread, missed: 0, heartbeat_ms: 15_000 });
  await turn();
}

test("many tabs have one socket, and all of them hear", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { open, lines } = browser();
  const [first, second] = [open(), open()];
  await turn();
  assert.equal(lines.length, 1);
  await welcomed(lines[0], 3);
  lines[0].says(rings("n1"));
  for (const tab of [first, second]) {
    assert.equal(tab.personal.unread, 3);
    assert.deepEqual(tab.heard, ["n1"]);
  }
  assert.equal(open().personal.unread, 3, "a tab that comes later is told how many there are");
});

test("when the tab with the socket closes, another one goes on after what was heard last", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { open, lines } = browser();
  const [first, second] = [open(), open()];
  await turn();
  await welcomed(lines[0]);
  lines[0].says(rings("n1"));
  first.personal.close();
  await turn();
  await turn();
  assert.equal(lines.length, 2);
  await welcomed(lines[1], 1);
  assert.equal(lines[1].sent[0].after, "n1");
  assert.equal(second.personal.unread, 1);
});

test("a line that drops is taken up again with what was heard last", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { open, lines } = browser({ locks: false });
  open();
  await turn();
  await welcomed(lines[0]);
  lines[0].says(rings("n7"));
  lines[0].onclose({ code: 1006 });
  t.mock.timers.tick(600);
  await turn();
  lines[1].onopen();
  assert.deepEqual(lines[1].sent[0], { t: "hello", token: "token", client: { name: "web" }, after: "n7" });
});

test("a token that ran out is renewed at once; a login that was ended is not dialled again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let over = false;
  const credential = async () => {
    if (over) throw Object.assign(new Error("over"), { status: 401 });
    return "token";
  };
  const { open, lines, asked } = browser({ locks: false, credential });
  open();
  await turn();
  await welcomed(lines[0]);
  lines[0].onclose({ code: 4031 });
  t.mock.timers.tick(1);
  await turn();
  assert.deepEqual(asked, [false, true]);
  await welcomed(lines[1]);
  over = true;
  lines[1].onclose({ code: 4501 });
  t.mock.timers.tick(1_000);
  await turn();
  t.mock.timers.tick(60_000);
  await turn();
  assert.deepEqual([asked.length, lines.length], [3, 2]);
});

test("a server that cannot be asked for a token is asked again later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let away = true;
  const credential = async () => {
    if (away) throw new Error("offline");
    return "token";
  };
  const { open, lines } = browser({ locks: false, credential });
  open();
  await turn();
  away = false;
  t.mock.timers.tick(20_000);
  await turn();
  assert.equal(lines.length, 1);
});

test("a ping is answered, and a silent line is given up", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let nowMs = 0;
  const { open, lines } = browser({ locks: false, now: () => nowMs });
  open();
  await turn();
  await welcomed(lines[0]);
  nowMs = 30_000;
  lines[0].says({ t: "ping" });
  assert.deepEqual(lines[0].sent.at(-1), { t: "ping" });
  nowMs = 60_000;
  t.mock.timers.tick(5_000);
  assert.equal(lines[0].closedWith, undefined);
  nowMs = 68_000;
  t.mock.timers.tick(5_000);
  assert.equal(lines[0].closedWith, 4008);
});
