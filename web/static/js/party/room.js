/** The party as this page knows it: a pure fold of the snapshot and the numbered events. */

const CHAT_KEPT = 500;

/** Take a snapshot; chat that this page has read already and that the snapshot no longer holds is kept. */
export function fromSnapshot(party, known = null) {
  const held = new Set(party.chat.map((message) => message.id));
  const oldest = party.chat[0]?.at_ms ?? Infinity;
  const older = (known?.chat ?? []).filter((message) => !held.has(message.id) && message.at_ms < oldest);
  const members = Object.fromEntries(party.members.map((member) => [member.id, member]));
  return { ...party, members, chat: [...older, ...party.chat] };
}

/** What an event does not say of a member does not hold of them any more; how their player does comes by presence. */
const put = (room, member) => {
  const { muted, muted_until_ms, ...known } = room.members[member.id] ?? {};
  return { ...room, members: { ...room.members, [member.id]: { ...known, ...member } } };
};

const drop = (room, id) => {
  const { [id]: _gone, ...members } = room.members;
  return { ...room, members };
};

const reword = (room, id, change) => ({
  ...room,
  chat: room.chat.map((message) => (message.id === id ? { ...message, ...change } : message)),
});

const FOLD = {
  playback: (room, frame) => ({ ...room, playback: frame.playback }),
  video: (room, frame) => ({ ...room, video: frame.video, playback: frame.playback ?? room.playback }),
  queue: (room, frame) => ({ ...room, queue: frame.items }),
  chat: (room, frame) => ({ ...room, chat: [...room.chat, frame.message].slice(-CHAT_KEPT) }),
  "chat.edited": (room, frame) => reword(room, frame.message.id, frame.message),
  "chat.deleted": (room, frame) => ({
    ...room,
    chat: room.chat.filter((message) => message.id !== (frame.message_id ?? frame.message?.id)),
  }),
  "member.joined": (room, frame) => put(room, frame.member),
  "member.left": (room, frame) => put(room, frame.member),
  "member.kicked": (room, frame) => drop(room, frame.member.id),
  "member.banned": (room, frame) => drop(room, frame.member.id),
  "member.role": (room, frame) => put(room, frame.member),
  "member.muted": (room, frame) => put(room, frame.member),
  "host.changed": (room, frame) => hosted(room, frame),
  poll: (room, frame) => ({ ...room, poll: frame.poll }),
  waiting: (room, frame) => ({ ...room, waiting: frame.for.length ? { for: frame.for, until_ms: frame.until_ms } : null }),
  settings: (room, frame) => ({
    ...room,
    title: frame.title ?? room.title,
    visibility: frame.visibility ?? room.visibility,
    settings: { ...room.settings, ...frame.settings },
  }),
  "party.opened": (room) => ({ ...room, status: "lobby" }),
  "party.started": (room, frame) => ({ ...room, status: "live", started_ms: room.started_ms ?? frame.at_ms }),
  "party.vacated": (room) => ({ ...room, status: "lobby" }),
  "party.rescheduled": (room, frame) => ({
    ...room,
    status: frame.scheduled_for_ms === null ? "lobby" : "scheduled",
    scheduled_for_ms: frame.scheduled_for_ms,
  }),
  "party.ended": (room) => ({ ...room, status: "ended" }),
};

function hosted(room, frame) {
  const before = frame.previous ? put(room, frame.previous) : room;
  return put({ ...before, host_id: frame.member.id }, frame.member);
}

/** Apply one numbered event; a type that this page does not know changes nothing. */
export function apply(room, frame) {
  return FOLD[frame.t]?.(room, frame) ?? room;
}

/** When it is to begin, while it has not; null where it has begun or has no time. */
export function beginsMs(room) {
  const before = ["scheduled", "lobby"].includes(room.status) && !room.started_ms;
  return before ? (room.scheduled_for_ms ?? null) : null;
}

/** For whom the party stands still, in words; null where it waits for nobody. */
export function waitedFor(room) {
  const ids = room.waiting?.for ?? [];
  if (!ids.length) return null;
  const [first, second] = ids.map((id) => room.members[id]?.name ?? "somebody");
  if (ids.length === 1) return first;
  return ids.length === 2 ? `${first} and ${second}` : `${first} and ${ids.length - 1} others`;
}

/** Take presence: only members that changed are named. Who is not known yet is somebody whose `joined` is under way. */
export function present(room, changed) {
  const members = { ...room.members };
  for (const one of changed) if (members[one.id]) members[one.id] = { ...members[one.id], ...one };
  return { ...room, members };
}

const HERE = new Set(["playing", "paused", "buffering", "idle", "error", "ready"]);

export function isHere(member) {
  return HERE.has(member.status);
}

const RANK = { host: 0, cohost: 1, moderator: 2, member: 3, guest: 4 };

/** Members for a list: those here first, then by role, then by name. */
export function seating(room) {
  return Object.values(room.members).sort(
    (a, b) => isHere(b) - isHere(a) || RANK[a.role] - RANK[b.role] || a.name.localeCompare(b.name),
  );
}

const CONTROL = { host: ["host"], cohosts: ["host", "cohost"], everyone: ["host", "cohost", "moderator", "member", "guest"] };

/** Whether a role may play, pause and seek for everybody. The server decides; this decides what is offered. */
export function mayControl(room, role) {
  if (room.status === "ended") return false;
  const least = room.settings.permissions?.control;
  if (least) return RANK[role] <= RANK[least];
  return CONTROL[room.settings.control ?? "cohosts"].includes(role);
}

export function mayReact(room, role) {
  if (room.settings.reactions === false || room.status === "ended") return false;
  return RANK[role] <= RANK[room.settings.permissions?.react ?? "member"];
}

/** What a reaction looks like: an emote is shown as the emoji that it stands for, or as its name where it is gone. */
export function symbolOf(room, reaction) {
  return (/^:.+:$/.test(reaction) && room.settings.emotes?.[reaction.slice(1, -1)]) || reaction;
}

/** Whether a role answers those who wait to be let in. */
export function mayAnswer(role) {
  return RANK[role] <= RANK.moderator;
}

export function mayChat(room, role) {
  if (room.settings.chat === false || room.status === "ended") return false;
  const least = room.settings.permissions?.chat;
  return !least || RANK[role] <= RANK[least];
}
