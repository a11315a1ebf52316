"""Every type of event that there is: where it comes from, whose ids it always carries, what it means.

`docs/events.md` is this table: `python -m store.event_types` writes it, and a test compares the two.
"""

from pathlib import Path
from typing import Literal, NamedTuple

Source = Literal["log", "node", "viewer", "api", "reserved"]
Id = Literal["person", "user_id", "session_id", "party_id", "video_id", "seq"]
"""`person`: a `user_id` or a `guest_id`."""

PAGE = Path("docs/events.md")


class EventType(NamedTuple):
    """One type."""

    name: str
    source: Source
    ids: tuple[Id, ...]
    """Those that each event of it carries, `video_id` where the party shows one; others stand where they apply."""
    meaning: str
    version: int = 1


LOG: tuple[Id, ...] = ("party_id", "seq")
DONE: tuple[Id, ...] = (*LOG, "person")
SHOWN: tuple[Id, ...] = (*LOG, "video_id")
BY_SOCKET: tuple[Id, ...] = ("person", "session_id", "party_id")
SEEN: tuple[Id, ...] = (*BY_SOCKET, "video_id")
OF_VIDEO: tuple[Id, ...] = ("user_id", "video_id")
AT_DOOR: tuple[Id, ...] = ("person", "party_id")

TYPES: tuple[EventType, ...] = (
    EventType("account.registered", "api", ("user_id",), "An account was made, by its owner or at the command line."),
    EventType("account.verified", "api", ("user_id",), "Its e-mail address was confirmed, for the first time."),
    EventType("account.logged_in", "api", ("user_id",), "A password was found right."),
    EventType(
        "account.logged_out",
        "api",
        ("user_id",),
        "A session was ended by its owner: signed out, or taken off the list of sessions. Not those that run out, or that a new password ends.",
    ),
    EventType("account.deleted", "api", ("user_id",), "An account was erased; `user_id` is what stands for it since."),
    EventType("drive.connected", "reserved", ("user_id",), "Emitted when Google Drive can be connected."),
    EventType("drive.disconnected", "reserved", ("user_id",), "Emitted when Google Drive can be connected."),
    EventType("drive.imported", "reserved", OF_VIDEO, "Emitted when Google Drive can be connected."),
    EventType(
        "video.added", "api", OF_VIDEO, "A video was announced, or given by its address. `user_id` is the uploader."
    ),
    EventType(
        "video.ready",
        "api",
        OF_VIDEO,
        "It can be played: with `duration_ms`, `width` and `height` where it was uploaded, without for an address elsewhere. `user_id` is the uploader.",
    ),
    EventType("video.deleted", "api", OF_VIDEO, "It was deleted, by whomever. `user_id` is the uploader."),
    EventType("video.liked", "reserved", OF_VIDEO, "Emitted when videos can be liked."),
    EventType("video.commented", "reserved", OF_VIDEO, "Emitted when videos can be commented on."),
    EventType(
        "party.created",
        "log",
        DONE,
        "With all that it began with: `body.video` names the video, its length and `uploader_id`; `body.scheduled_for_ms` when it is to begin.",
    ),
    EventType("party.rescheduled", "log", DONE, "It is to begin at another time; null takes the time back."),
    EventType("party.opened", "log", LOG, "A scheduled party became a lobby: its time is near."),
    EventType("party.started", "log", LOG, "It is live: by its host, by a first play, or because its time had come."),
    EventType("party.vacated", "log", LOG, "Nobody was there for five minutes: it is a lobby again."),
    EventType("party.ended", "log", LOG, "It is over, by its host, by staff or with its host's account."),
    EventType(
        "party.joined",
        "node",
        BY_SOCKET,
        "A socket came in. Of each person once a connection; the first entry is `member.joined`.",
    ),
    EventType("party.left", "node", BY_SOCKET, "A socket is gone. `connection_id` is that of its `party.joined`."),
    EventType("party.invited", "api", AT_DOOR, "Somebody made an invite."),
    EventType(
        "party.invite_accepted", "api", AT_DOOR, "Somebody came in by an invite, for the first time; a guest too."
    ),
    EventType("party.rsvp", "api", AT_DOOR, "Somebody newly means to come."),
    EventType("party.rsvp_withdrawn", "api", AT_DOOR, "Somebody takes that back."),
    EventType("member.joined", "log", DONE, "Somebody entered for the first time, or again after a leave."),
    EventType("member.left", "log", DONE, "Somebody left on purpose."),
    EventType("member.role", "log", DONE, "A member has another role."),
    EventType("member.kicked", "log", DONE, "A member was shown out."),
    EventType("member.banned", "log", DONE, "A member may not come back before a time, or ever."),
    EventType("member.muted", "log", DONE, "A member may not write; with `muted` false, may again."),
    EventType("knock.answered", "log", DONE, "Somebody who waited outside was let in, or turned away."),
    EventType("host.changed", "log", LOG, "Somebody else is host: handed over, or next in line."),
    EventType("settings.changed", "log", DONE, "Settings, title, visibility or password."),
    EventType("playback.played", "log", SHOWN, "The video plays from a position on; `cause` says why."),
    EventType("playback.paused", "log", SHOWN, "It stands at a position; `cause` says why."),
    EventType("playback.sought", "log", SHOWN, "It goes on elsewhere; `from_ms` is where it was."),
    EventType("playback.rate", "log", SHOWN, "It plays at another rate."),
    EventType(
        "playback.video_changed",
        "log",
        SHOWN,
        "Another video, with its length and `uploader_id`; `video_id` is the new one's.",
    ),
    EventType("playback.waited", "log", SHOWN, "The party stops for members whose players ran dry."),
    EventType("playback.wait_over", "log", SHOWN, "Nobody is waited for any more."),
    EventType("queue.added", "log", DONE, "A video was put into the queue, which stands there as a whole."),
    EventType("queue.removed", "log", LOG, "One was taken out, or is shown now."),
    EventType("queue.moved", "log", DONE, "One stands elsewhere."),
    EventType("queue.cleared", "log", DONE, "The queue is empty."),
    EventType("queue.voted", "log", DONE, "Somebody is for one of them, or not any more."),
    EventType("skip.voted", "log", DONE, "Somebody is for the next video."),
    EventType("chat.sent", "log", DONE, "A message, at a position of the video. The lake knows its length alone."),
    EventType("chat.edited", "log", DONE, "Its author changed it."),
    EventType(
        "chat.deleted", "log", LOG, "It is gone: by its author, a moderator or staff, or with its author's account."
    ),
    EventType("chat.reacted", "log", DONE, "Somebody reacted to a message; with `on` false, took that back."),
    EventType("reaction.sent", "node", BY_SOCKET, "An emoji over the video."),
    EventType("poll.opened", "log", DONE, "A question to the party."),
    EventType("poll.voted", "log", DONE, "Somebody chose."),
    EventType("poll.closed", "log", DONE, "The answers stand."),
    EventType("view.started", "viewer", SEEN, "The first frame moved; `startup_ms` after it was asked for."),
    EventType(
        "view.watched", "viewer", SEEN, "The heartbeat, each 10 s: `watched_ms`, `from_ms`, `to_ms`, `drift_ms`."
    ),
    EventType("view.stalled", "viewer", SEEN, "The player had run dry, for `stall_ms`."),
    EventType("view.sought", "viewer", SEEN, "The viewer's own player went elsewhere, for whatever reason."),
    EventType("view.failed", "viewer", SEEN, "The player gave up; `reason` stays outside of the lake."),
    EventType(
        "view.ended",
        "viewer",
        SEEN,
        "The player was closed, or came to the end; without `view.started` somebody left before the first frame of a film that should move.",
    ),
    EventType("view.quality", "viewer", SEEN, "Another picture size, `height`."),
)
BY_NAME = {kind.name: kind for kind in TYPES}

MAPPED: dict[str, str] = {
    "party.scheduled": "`party.created` whose `scheduled_for_ms` is not null, and `party.rescheduled`",
    "moderation.*": "`member.kicked`, `member.banned`, `member.muted`, `member.role`, `knock.answered`, `chat.deleted` by somebody else than the author, `host.changed`",
}
"""Names of the common vocabulary that are written under other ones, as the party's log had these before."""

SOURCES: dict[Source, str] = {
    "log": "`party_log`: a numbered event of the party, in the same write as its effect",
    "node": "`events`: the web node, of a socket; nobody waits for it",
    "viewer": "`events`: a player, over its socket (`telemetry`) or `POST /events`",
    "api": "`events`: the web node, after a request",
    "reserved": "nobody yet",
}

HEAD = """# Events

Written by `python -m store.event_types` from `store/event_types.py`; a test compares the two, and another sees that each type
is written and that no other is.

An event's `event_id` makes it count once; its time is `at_ms`, the client's corrected by the connection's measured clock offset (its own stays in `sent_at_ms`),
and `received_ms` the server's. What their columns are called in the lake is said in [lake.md](lake.md).

## What durable means

An event is acknowledged when it is durable: in MongoDB's journal on a majority, or, while MongoDB does not answer within two seconds, in the
disk spool of the web node (`<data>/spool`), synced to its disk. What is spooled is brought to MongoDB in order as soon as that is back, or by the next
process on the same data folder; it keeps the time at which it was received, and an event that is there already is not stored twice. The spool holds at most
`spool_max_bytes` (256 MiB, about a million events) for each web process; when it is full, telemetry is refused with `unavailable` and when to try again (`503`
with `Retry-After` over REST), and `spool.refused` counts. Events of the party log are never spooled: their commands are refused while MongoDB is away.

Clients keep what was not acknowledged and send it again with the same ids.
"""


def page() -> str:
    """Render the whole page."""
    sources = "\n".join(f"| {source} | {meaning} |" for source, meaning in SOURCES.items())
    rows = "\n".join(
        f"| `{kind.name}` | {kind.version} | {kind.source} | {', '.join(kind.ids)} | {kind.meaning} |" for kind in TYPES
    )
    mapped = "\n".join(f"| `{name}` | {written} |" for name, written in MAPPED.items())
    return (
        f"{HEAD}\n## Where they come from\n\n| source | what it is |\n|---|---|\n{sources}\n\n"
        "## Types\n\nThe ids are those that each event of the type carries (`video_id` where the party shows one); others stand where they apply. `person` is a `user_id` or a `guest_id`.\n\n"
        f"| type | version | source | always with | meaning |\n|---|---|---|---|---|\n{rows}\n\n"
        f"## Known under other names\n\n| name | written as |\n|---|---|\n{mapped}\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
