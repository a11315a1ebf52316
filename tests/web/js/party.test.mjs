// The party as a fold, what a viewer watched, and the small words.
import assert from "node:assert/strict";
import test from "node:test";

import { clockTime, initials, relative, span, spokenTime } from "../../../web/static/js/lib/format.js";
import { uuid7 } from "../../../web/static/js/lib/ids.js";
import { shown } from "../../../web/static/js/lib/metrics.js";
import { Telemetry } from "../../../web/static/js/net/telemetry.js";
import { apply, beginsMs, fromSnapshot, mayControl, mayReact, present, seating, symbolOf, waitedFor } from "../../../web/static/js/party/room.js";
import { Viewing } from "../../../web/static/js/party/viewing.js";

const member = (id, role = "member", status = "playing") => ({ id, name: id, role, status });
const said = (id, at_ms = 0) => ({ id, member_id: "a", name: "a", body: id, at_ms });
const room = (fields = {}) =>
  fromSnapshot({
    title: "T", status: "lobby", visibility: "public", settings: { control: "cohosts", chat: true },
    playback: { paused: true }, video: null, queue: [], members: [member("a", "host"), member("b")], chat: [said("m1", 10)],
    ...fields,
  });

test("events change what they name and nothing else", () => {
  const before = room();
  const after = apply(before, { t: "chat", message: said("m2") });
  assert.deepEqual(after.chat.map((one) => one.id), ["m1", "m2"]);
  assert.equal(after.members, before.members);
  assert.deepEqual(before.chat.map((one) => one.id), ["m1"]);
});

test("an event that this page does not know changes nothing", () => {
  const before = room();
  assert.equal(apply(before, { t: "confetti", seq: 9 }), before);
});

test("a party with a time counts down until it has begun, and not again after it was empty", () => {
  const planned = room({ status: "scheduled", scheduled_for_ms: 9_000, started_ms: null });
  assert.equal(beginsMs(planned), 9_000);
  const opened = apply(planned, { t: "party.opened", seq: 2 });
  assert.deepEqual([opened.status, beginsMs(opened)], ["lobby", 9_000]);
  const begun = apply(opened, { t: "party.started", seq: 3, at_ms: 9_001 });
  assert.equal(beginsMs(begun), null);
  assert.equal(beginsMs(apply(begun, { t: "party.vacated", seq: 4 })), null);
  assert.equal(beginsMs(room()), null);
});

test("an emote is shown as the emoji that it stands for, and by its name once it is gone", () => {
  const open = room({ settings: { emotes: { wow: "🤯" } } });
  assert.deepEqual([":wow:", ":who:", "😂", ":"].map((one) => symbolOf(open, one)), ["🤯", ":who:", "😂", ":"]);
  assert.equal(symbolOf(room(), ":wow:"), ":wow:");
  assert.deepEqual([mayReact(open, "member"), mayReact(open, "guest")], [true, false]);
  assert.equal(mayReact(room({ settings: { permissions: { react: "guest" } } }), "guest"), true);
  assert.equal(mayReact(room({ settings: { reactions: false } }), "host"), false);
});

test("a deleted message goes, an edited one changes in its place", () => {
  const edited = apply(room(), { t: "chat.edited", message: { ...said("m1"), body: "new" } });
  assert.equal(edited.chat[0].body, "new");
  assert.deepEqual(apply(edited, { t: "chat.deleted", message_id: "m1" }).chat, []);
});

test("who is muted no longer is not shown as muted", () => {
  const silent = apply(room(), { t: "member.muted", member: { ...member("b"), muted: true, muted_until_ms: 5 } });
  assert.equal(silent.members.b.muted, true);
  const heard = apply(silent, { t: "member.muted", member: member("b") });
  assert.deepEqual([heard.members.b.muted, heard.members.b.muted_until_ms], [undefined, undefined]);
});

test("a new host is host, and the former one what the server says", () => {
  const after = apply(room(), { t: "host.changed", member: member("b", "host"), previous: member("a", "cohost") });
  assert.equal(after.members.b.role, "host");
  assert.equal(after.members.a.role, "cohost");
});

test("presence changes members that are known, and only these", () => {
  const after = present(room(), [{ id: "b", status: "buffering", drift_ms: 12 }, { id: "x", status: "playing" }]);
  assert.equal(after.members.b.status, "buffering");
  assert.equal(after.members.b.name, "b");
  assert.equal(after.members.x, undefined);
});

test("those who are here come first, then by role", () => {
  const after = present(room({ members: [member("a"), member("z", "host"), member("b", "cohost", "offline")] }), []);
  assert.deepEqual(seating(after).map((one) => one.id), ["z", "a", "b"]);
});

test("a snapshot after a cut keeps chat that was read before", () => {
  const known = room({ chat: [said("old", 1), said("m1", 10)] });
  const after = fromSnapshot({ ...known, members: [], chat: [said("m1", 10), said("m9", 20)] }, known);
  assert.deepEqual(after.chat.map((one) => one.id), ["old", "m1", "m9"]);
});

test("control is offered to whom the settings name", () => {
  assert.equal(mayControl(room(), "host"), true);
  assert.equal(mayControl(room(), "cohost"), true);
  assert.equal(mayControl(room(), "member"), false);
  assert.equal(mayControl(room({ settings: { control: "everyone" } }), "guest"), true);
  assert.equal(mayControl(room({ settings: { control: "host" } }), "cohost"), false);
  assert.equal(mayControl(room({ settings: { control: "host", permissions: { control: "member" } } }), "member"), true);
  assert.equal(mayControl(room({ status: "ended" }), "host"), false);
});

function watching() {
  let now = 1_000;
  const events = [];
  const viewing = new Viewing({ now: () => now, record: (event) => events.push(event) });
  viewing.open("v1");
  const play = (from, seconds, rate = 1) => {
    for (let i = 0; i <= seconds * 4; i += 1) {
      viewing.observe({ positionMs: from + i * 250 * rate, playing: true, driftMs: 3 });
      now += 250;
    }
  };
  return { viewing, events, play, pass: (ms) => (now += ms), of: (type) => events.filter((one) => one.type === type) };
}

test("start-up time runs from the wish to the first movement", () => {
  const { viewing, of, pass } = watching();
  viewing.wanted();
  pass(340);
  viewing.observe({ positionMs: 0, playing: true, driftMs: 0 });
  assert.equal(of("view.started")[0].startup_ms, 340);
});

test("who leaves before the first frame of a film that should move is told of, and nobody else", () => {
  const impatient = watching();
  impatient.viewing.wanted();
  impatient.pass(2_000);
  impatient.viewing.close();
  assert.deepEqual(impatient.events.map((one) => one.type), ["view.ended"]);
  const waiting = watching();
  waiting.pass(2_000);
  waiting.viewing.close();
  assert.deepEqual(waiting.events, []);
});

test("a report each ten seconds says what was watched, and adds up", () => {
  const { viewing, play, of } = watching();
  play(5_000, 25);
  viewing.close();
  const reports = of("view.watched");
  assert.equal(reports.length, 3);
  assert.equal(reports.reduce((sum, one) => sum + one.watched_ms, 0), 25_000);
  assert.equal(reports[0].from_ms, 5_000);
  assert.equal(reports.at(-1).to_ms, 30_000);
  assert.equal(of("view.ended").length, 1);
});

test("pauses and seeks add nothing to what was watched", () => {
  const { viewing, play, pass, of } = watching();
  play(0, 5);
  viewing.observe({ positionMs: 5_000, playing: false, driftMs: null });
  pass(60_000);
  play(40_000, 5);
  play(2_000, 5);
  viewing.close();
  assert.equal(of("view.watched").reduce((sum, one) => sum + one.watched_ms, 0), 15_000);
  for (const one of of("view.watched")) assert.equal(one.to_ms - one.from_ms <= 5_000, true);
});

test("every event has an id of its own", () => {
  const { viewing, play, events } = watching();
  play(0, 25);
  viewing.close();
  assert.equal(new Set(events.map((one) => one.event_id)).size, events.length);
});

test("telemetry is kept until it is acknowledged, and then forgotten", async () => {
  const calls = [];
  const connection = { command: (t, fields) => new Promise((resolve, reject) => calls.push({ t, fields, resolve, reject })) };
  const kept = { value: null, load: () => null, save(value) { this.value = value; } };
  const telemetry = new Telemetry(connection, kept);
  telemetry.record({ event_id: "1" });
  telemetry.record({ event_id: "2" });
  assert.deepEqual(calls[0].fields.events, [{ event_id: "1" }]);
  telemetry.keep();
  assert.deepEqual(kept.value, [{ event_id: "1" }, { event_id: "2" }]);
  calls[0].resolve({});
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(calls[1].fields.events, [{ event_id: "2" }]);
  calls[1].resolve({});
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(telemetry.size, 0);
});

test("ids are version 7 and sort by birth", () => {
  const ids = Array.from({ length: 5_000 }, () => uuid7(1_700_000_000_000));
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test("figures in words", () => {
  assert.equal(clockTime(75_000), "1:15");
  assert.equal(clockTime(3_675_999), "1:01:15");
  assert.equal(clockTime(null), "–:––");
  assert.equal(spokenTime(61_000), "1 minute 1 second");
  assert.equal(span(90_000), "1 min 30 s");
  assert.equal(span(5_400_000), "1 h 30 min");
  assert.equal(relative(0, 0), "just now");
  assert.equal(relative(7_200_000, 0), "in 2 hours");
  assert.equal(initials("Ada Lovelace King"), "AK");
  assert.equal(shown(0.034, "ratio"), "3.4 %");
  assert.equal(shown(null, "count"), null);
});

test("whom the party waits for is known until it waits for nobody", () => {
  const waiting = apply(room(), { t: "waiting", seq: 9, for: ["bob"], until_ms: 12 });
  assert.deepEqual(waiting.waiting, { for: ["bob"], until_ms: 12 });
  assert.equal(apply(waiting, { t: "waiting", seq: 10, for: [], until_ms: null }).waiting, null);
});

test("whom the party waits for is said by name", () => {
  const waiting = (...ids) => waitedFor({ ...room(), waiting: { for: ids, until_ms: 1 } });
  assert.deepEqual([waiting("a"), waiting("a", "b"), waiting("a", "b", "gone")], ["a", "a and b", "a and 2 others"]);
  assert.equal(waitedFor(room()), null);
});

test("the newest poll is the one that is shown", () => {
  assert.equal(apply(room(), { t: "poll", seq: 9, poll: { id: "p", open: true } }).poll.id, "p");
});
