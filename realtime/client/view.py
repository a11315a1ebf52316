"""The party as a client knows it: the last snapshot, kept up to date by events."""

from collections.abc import Callable
from typing import Any

import msgspec

from realtime.client.link import Frame
from realtime.party.chat import CHAT_KEPT
from realtime.party.playback import Playback

UNSAID = ("muted", "muted_until_ms")
"""What is not said of a member of whom it does not hold."""
PLAIN = (
    "id",
    "code",
    "title",
    "description",
    "status",
    "visibility",
    "has_password",
    "settings",
    "host_id",
    "scheduled_for_ms",
    "started_ms",
    "video",
    "poll",
    "waiting",
)
"""What a snapshot gives and the view shows as it is."""
GONE = frozenset({"member.left", "member.kicked", "member.banned"})

Shown = dict[str, Any]


class PartyView:
    """What is shown is plain JSON, under the names of the protocol; only `playback` has a type of its own."""

    def __init__(self) -> None:
        self.seq = 0
        self.id = ""
        self.code = ""
        self.title = ""
        self.description = ""
        self.status = "lobby"
        self.visibility = "unlisted"
        self.has_password = False
        self.settings: Shown = {}
        self.host_id = ""
        self.scheduled_for_ms: int | None = None
        self.started_ms: int | None = None
        self.playback = Playback()
        self.video: Shown | None = None
        self.queue: list[Shown] = []
        self.members: dict[str, Shown] = {}
        self.chat: list[Shown] = []
        self.poll: Shown | None = None
        self.waiting: Shown | None = None
        """Whom the party waits for (`for`), until when (`until_ms`); None while it waits for nobody."""
        self.knocking: list[Shown] = []
        """Who waits outside to be let in, where we may answer them."""

    @property
    def duration_ms(self) -> float | None:
        return self.video.get("duration_ms") if self.video else None

    def replace(self, snapshot: Shown, seq: int) -> None:
        """Take a whole snapshot: it alone counts."""
        self.seq = seq
        for name in PLAIN:
            setattr(self, name, snapshot.get(name))
        self.queue = list(snapshot.get("queue") or ())
        self.chat = list(snapshot.get("chat") or ())
        self.knocking = list(snapshot.get("knocking") or ())
        self.members = {member["id"]: dict(member) for member in snapshot["members"]}
        self.playback = msgspec.convert(snapshot["playback"], Playback)

    def apply(self, frame: Frame) -> None:
        """Take one event; a type that this client does not know changes nothing."""
        self.seq = frame.get("seq", self.seq)
        change = _CHANGES.get(frame["t"])
        if change is not None:
            change(self, frame)


def _play(view: PartyView, frame: Frame) -> None:
    view.playback = msgspec.convert(frame["playback"], Playback)


def _show(view: PartyView, frame: Frame) -> None:
    view.video = frame["video"]
    _play(view, frame)


def _line_up(view: PartyView, frame: Frame) -> None:
    view.queue = frame["items"]


def _member(view: PartyView, frame: Frame) -> None:
    member = frame["member"]
    if frame["t"] in GONE:
        view.members.pop(member["id"], None)
    else:
        known = view.members.get(member["id"], {})
        view.members[member["id"]] = {name: value for name, value in known.items() if name not in UNSAID} | member


def _host(view: PartyView, frame: Frame) -> None:
    view.host_id = frame["member"]["id"]
    for member in (frame.get("previous"), frame["member"]):
        if member is not None and member["id"] in view.members:
            view.members[member["id"]] |= member


def _presence(view: PartyView, frame: Frame) -> None:
    for member in frame["members"]:
        if member["id"] in view.members:
            view.members[member["id"]] |= member


def _say(view: PartyView, frame: Frame) -> None:
    view.chat = [*view.chat[-(CHAT_KEPT - 1) :], frame["message"]]


def _edit(view: PartyView, frame: Frame) -> None:
    message = frame["message"]
    view.chat = [message if old["id"] == message["id"] else old for old in view.chat]


def _delete(view: PartyView, frame: Frame) -> None:
    view.chat = [old for old in view.chat if old["id"] != frame["message_id"]]


def _react(view: PartyView, frame: Frame) -> None:
    view.chat = [_with_reaction(old, frame) if old["id"] == frame["message_id"] else old for old in view.chat]


def _ask(view: PartyView, frame: Frame) -> None:
    view.poll = frame["poll"]


def _wait(view: PartyView, frame: Frame) -> None:
    view.waiting = {"for": frame["for"], "until_ms": frame["until_ms"]} if frame["for"] else None


def _knock(view: PartyView, frame: Frame) -> None:
    view.knocking = frame["knocking"]


def _settle(view: PartyView, frame: Frame) -> None:
    for name in ("settings", "title", "visibility", "has_password"):
        setattr(view, name, frame.get(name, getattr(view, name)))


def _start(view: PartyView, frame: Frame) -> None:
    view.status = "live"
    view.started_ms = view.started_ms or frame.get("at_ms")


def _reschedule(view: PartyView, frame: Frame) -> None:
    view.scheduled_for_ms = frame["scheduled_for_ms"]
    view.status = "lobby" if view.scheduled_for_ms is None else "scheduled"


def _lobby(view: PartyView, _frame: Frame) -> None:
    view.status = "lobby"


def _end(view: PartyView, _frame: Frame) -> None:
    view.status = "ended"


def _with_reaction(message: Shown, frame: Frame) -> Shown:
    """Give or take back one reaction, as the party itself folds it."""
    reactions = {emoji: ids for emoji, ids in message.get("reactions", {}).items() if emoji != frame["emoji"]}
    before = message.get("reactions", {}).get(frame["emoji"], ())
    ids = [one for one in before if one != frame["member_id"]] + ([frame["member_id"]] if frame["on"] else [])
    return {**message, "reactions": {**reactions, frame["emoji"]: ids} if ids else reactions}


_CHANGES: dict[str, Callable[[PartyView, Frame], None]] = {
    "playback": _play,
    "video": _show,
    "queue": _line_up,
    "chat": _say,
    "chat.edited": _edit,
    "chat.deleted": _delete,
    "chat.reacted": _react,
    "member.joined": _member,
    "member.left": _member,
    "member.kicked": _member,
    "member.banned": _member,
    "member.role": _member,
    "member.muted": _member,
    "host.changed": _host,
    "presence": _presence,
    "poll": _ask,
    "waiting": _wait,
    "knocks": _knock,
    "settings": _settle,
    "party.started": _start,
    "party.opened": _lobby,
    "party.vacated": _lobby,
    "party.rescheduled": _reschedule,
    "party.ended": _end,
}
