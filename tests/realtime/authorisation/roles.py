"""Which role may send which frame: reviewed by hand, and not read from the rules that it judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Role = Literal["outsider", "guest", "member", "moderator", "cohost", "host"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, kw_only=True)
class Held:
    """The least role that may, or who may where it is no matter of rank, and the frame's fields."""

    least: Role | Literal["nobody"]
    fields: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str = "forbidden"
    """What lower roles that are inside are told."""
    outside: str = "not_ready"
    why: str = ""


def _held(least: Any, why: str = "", **fields: Any) -> Held:
    return Held(least=least, why=why, fields=fields)


TOM = {"member_id": "tom"}
HOST = {"member_id": "ann"}
ITEM = {"item_id": "{item}"}
THEIRS = {"message_id": "{theirs}"}
OWN = {"message_id": "{own}"}
CONTROL = "needs `control`, which the setting `control` and `permissions` may give to others"
QUEUE = "needs `queue`, which `permissions` may give to others"
CHAT = "needs `chat`, which `permissions` may give to others"
REACT = "needs `react`, which `permissions` may give to others"
VOTE = "needs `vote`, which `permissions` may give to others"
EVERYBODY = "no matter of roles"

HELD: dict[str, Held] = {
    "hello": Held(
        least="nobody", fields={"guest": "Gil"}, outside="yes", otherwise="conflict", why="once a connection"
    ),
    "clock": Held(least="outsider", fields={"t0": 1}, outside="yes", why=EVERYBODY),
    "ping": Held(least="outsider", outside="yes", why=EVERYBODY),
    "pong": Held(least="outsider", outside="yes", why=EVERYBODY),
    "resync": _held("guest", EVERYBODY, seq=1),
    "status": _held("guest", EVERYBODY, state="playing"),
    "telemetry": _held("guest", EVERYBODY, events=[{"event_id": "0" * 32, "type": "view.started"}]),
    "typing": _held("guest", CHAT),
    "react": _held("member", REACT, emoji="😂"),
    "play": _held("cohost", CONTROL),
    "pause": _held("cohost", CONTROL),
    "seek": _held("cohost", CONTROL, position_ms=5),
    "rate": _held("cohost", CONTROL, rate=2),
    "queue.add": _held("member", QUEUE, video_id="short"),
    "queue.remove": _held("cohost", CONTROL, **ITEM),
    "queue.move": _held("cohost", CONTROL, **ITEM, to=0),
    "queue.play": _held("cohost", CONTROL, **ITEM),
    "queue.clear": _held("cohost", CONTROL),
    "queue.vote": _held("member", VOTE, **ITEM, up=True),
    "skip": _held("cohost", CONTROL),
    "skip.vote": _held("member", VOTE),
    "chat.send": _held("guest", CHAT, body="hello"),
    "chat.edit": _held("guest", "one's own message", **OWN, body="better"),
    "chat.edit (another's)": _held("nobody", "nobody puts words into another's mouth", **THEIRS, body="better"),
    "chat.delete": _held("guest", "one's own message", **OWN),
    "chat.delete (another's)": _held("moderator", "", **THEIRS),
    "chat.react": _held("member", REACT, **THEIRS, emoji="😂"),
    "poll.open": _held("moderator", question="Which?", options=["this", "that"]),
    "poll.vote": _held("member", VOTE, option=0),
    "poll.close": _held("moderator"),
    "ready": _held("guest", EVERYBODY, ready=True),
    "member.role": _held("host", "", **TOM, role="moderator"),
    "member.kick": _held("moderator", "", **TOM),
    "member.kick (of the host)": _held("nobody", "nobody acts upward", **HOST),
    "member.ban": _held("moderator", "", **TOM),
    "member.ban (of the host)": _held("nobody", "nobody acts upward", **HOST),
    "member.mute": _held("moderator", "", **TOM),
    "member.mute (of the host)": _held("nobody", "nobody acts upward", **HOST),
    "member.unmute": _held("moderator", "", **TOM),
    "host.transfer": _held("host", "", **TOM),
    "settings": _held("host", "", title="Saturday"),
    "approve": _held("moderator", member_id="nobody yet"),
    "deny": _held("moderator", member_id="nobody yet"),
    "start": _held("host"),
    "end": _held("host"),
    "leave": _held("guest", EVERYBODY),
}


def frame_of(label: str) -> str:
    """Name the frame that a row is about: its first word."""
    return label.partition(" ")[0]


def expected(label: str) -> dict[Role, str]:
    """Give the reviewed outcome of each role."""
    held = HELD[label]
    least = len(ROLES) if held.least == "nobody" else ROLES.index(held.least)
    inside = {role: "yes" if rank >= least else held.otherwise for rank, role in enumerate(ROLES)}
    return {**inside, "outsider": held.outside}
