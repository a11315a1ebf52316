"""What the types do not say of the client's frames: what each is for, who may send it, what follows, and examples.

The ids in the examples are of nobody; whoever replays them puts in ids of their own, by the names of the fields.
"""

from typing import Any, Literal

from msgspec import Struct

from realtime.party.permissions import DEFAULTS
from realtime.party.state import Permission, Role

Least = Role | Literal["outsider"]
ID = "0192f0c13a7b7c1e9d2a4b6c8e0f1a2b"
EVENT_ID = "0192f0c1-3a7b-7c1e-9d2a-4b6c8e0f1a2b"


class Described(Struct, frozen=True, kw_only=True):
    """One frame of the client."""

    does: str
    least: Least
    """The least role that may send it; `outsider` is whoever has not said hello."""
    permission: Permission | None = None
    """What a party may give to other roles than by default."""
    also: str = ""
    """Who else may, or on what it depends."""
    answer: Literal["ok", "welcome", "clock", "pong"] | None = "ok"
    causes: tuple[str, ...] = ()
    """Frames of the server that follow, to the others too."""
    examples: tuple[dict[str, Any], ...] = ({},)


def _by(permission: Permission, does: str, *causes: str, also: str = "", **example: Any) -> Described:
    return Described(
        does=does, least=DEFAULTS[permission], permission=permission, also=also, causes=causes, examples=(example,)
    )


def _from(least: Least, does: str, *causes: str, also: str = "", **example: Any) -> Described:
    return Described(does=does, least=least, also=also, causes=causes, examples=(example,))


ITEM, MESSAGE, MEMBER = {"item_id": ID}, {"message_id": ID}, {"member_id": ID}

DESCRIBED: dict[str, Described] = {
    "hello": Described(
        does="Say who you are: exactly one of `token`, `ticket` and `guest`. After a cut `resume` asks for what was missed.",
        least="outsider",
        also="anyone, once a connection",
        answer="welcome",
        causes=("member.joined", "presence"),
        examples=({"guest": "Mina", "client": {"name": "web", "version": "1.0", "device": "desktop"}},),
    ),
    "resync": Described(
        does="Ask again where the party is, and for what came after `seq`.",
        least="guest",
        answer="welcome",
        examples=({"seq": 1},),
    ),
    "clock": Described(
        does="Compare clocks: five at once after a welcome, then one every 10 s.",
        least="outsider",
        answer="clock",
        examples=({"t0": 1795442400000.25},),
    ),
    "status": Described(
        does="Say how your player does, every 5 s and on change; never kept. Answered only where it has an `id`.",
        least="guest",
        causes=("presence",),
        examples=(
            {"state": "playing", "position_ms": 5000.5, "drift_ms": -3, "rtt_ms": 40, "buffered_ms": 9000},
            {"state": "buffering"},
        ),
    ),
    "typing": _by("chat", "Say that you write. Answered only where it has an `id`.", "typing"),
    "react": _by(
        "react",
        "Throw an emoji over the video, at most ten a second. Answered only where it has an `id`.",
        "reactions",
        emoji="🚀",
    ),
    "telemetry": Described(
        does="Report what your player measured; each event has an id of its own and counts once.",
        least="guest",
        examples=(
            {"events": [{"event_id": EVENT_ID, "type": "view.started", "position_ms": 0, "startup_ms": 120}]},
            {"events": []},
        ),
    ),
    "ping": Described(does="Ask for a sign of life.", least="outsider", answer="pong"),
    "pong": Described(does="Answer the server's `ping`, as any other frame does.", least="outsider", answer=None),
    "play": Described(
        does="Let the video run, from where it stands or from `position_ms`. The first one starts the party.",
        least="cohost",
        permission="control",
        causes=("playback",),
        examples=({}, {"position_ms": 5000}),
    ),
    "pause": Described(
        does="Stop the video, where it is or at `position_ms`.",
        least="cohost",
        permission="control",
        causes=("playback",),
        examples=({}, {"position_ms": 2500.5}),
    ),
    "seek": _by("control", "Go to another place of the video.", "playback", position_ms=9000),
    "rate": _by("control", "Play faster or slower.", "playback", rate=1.25),
    "queue.add": _by("queue", "Put a video behind the others.", "queue", video_id=ID),
    "queue.remove": _by("control", "Take an item out.", "queue", **ITEM),
    "queue.move": _by("control", "Put an item at another place, counted from 0.", "queue", **ITEM, to=1),
    "queue.play": _by("control", "Show an item now.", "queue", "video", **ITEM),
    "queue.clear": _by("control", "Take all items out.", "queue"),
    "queue.vote": _by(
        "vote", "Be for an item, or no longer; items with more votes come first.", "queue", **ITEM, up=True
    ),
    "skip": _by("control", "Go to the next video.", "queue", "video"),
    "skip.vote": _by("vote", "Be for the next video; half of those connected who may vote suffice.", "skip"),
    "chat.send": _by("chat", "Say something; `@name` mentions a member.", "chat", body="Is there popcorn?"),
    "chat.edit": _from(
        "guest", "Change a message.", "chat.edited", also="its author", **MESSAGE, body="Is there cake?"
    ),
    "chat.delete": _from("guest", "Take a message away.", "chat.deleted", also="its author; moderators", **MESSAGE),
    "chat.react": _by(
        "react", "React to a message; the same again takes it back.", "chat.reacted", **MESSAGE, emoji="🍿"
    ),
    "poll.open": _from(
        "moderator",
        "Ask the party something; the poll before is over with that.",
        "poll",
        question="Which one next?",
        options=["The harbour", "The lighthouse"],
    ),
    "poll.vote": _by("vote", "Choose an option by its place; again takes it back.", "poll", option=1),
    "poll.close": _from("moderator", "End the poll.", "poll"),
    "ready": _from("guest", "Say that your player can go on, or cannot: ends the wait for you.", ready=True),
    "member.role": _from(
        "host", "Give a member another role.", "member.role", also="never upward", **MEMBER, role="moderator"
    ),
    "member.kick": _from(
        "moderator",
        "Show somebody out, for `minutes` or until they come back.",
        "member.kicked",
        also="never upward",
        **MEMBER,
        minutes=5,
        reason="spoilers",
    ),
    "member.ban": _from(
        "moderator",
        "Keep somebody out, for `minutes` or for ever.",
        "member.banned",
        also="never upward",
        **MEMBER,
        reason="spoilers",
    ),
    "member.mute": _from(
        "moderator", "Let somebody watch and not write.", "member.muted", also="never upward", **MEMBER, minutes=5
    ),
    "member.unmute": _from("moderator", "Let them write again.", "member.muted", also="never upward", **MEMBER),
    "host.transfer": _from("host", "Make a member host; you become cohost.", "host.changed", **MEMBER),
    "settings": Described(
        does="Change the party; fields that are left out stay as they are.",
        least="host",
        causes=("settings",),
        examples=(
            {"title": "Saturday night", "control": "everyone"},
            {"permissions": {"queue": "moderator"}, "slow_mode_s": 5},
        ),
    ),
    "approve": _from("moderator", "Let somebody in who waits outside, or comes within a day.", "approval", **MEMBER),
    "deny": _from("moderator", "Turn somebody away who waits outside.", "approval", **MEMBER),
    "start": _from("host", "Begin the party without playing.", "party.started"),
    "end": _from("host", "End the party for good.", "party.ended"),
    "leave": _from("guest", "Go for good; the socket is closed with 1000 behind the answer.", "member.left"),
}
"""By `t`."""
