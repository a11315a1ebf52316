"""Frames of a party without a number: they are not kept, and who misses one has missed nothing that counts."""

from msgspec import Struct

from realtime.outgoing.shown import Knock, PlayerState


class FleetingFrame(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Base of all that is gone when it is over."""


class MemberStatus(Struct, frozen=True, kw_only=True):
    """How a member's player does."""

    id: str
    status: PlayerState
    drift_ms: float | None
    rtt_ms: float | None


class PresenceFrame(FleetingFrame, frozen=True, kw_only=True, tag="presence"):
    """The members whose status changed in the last 250 ms."""

    members: list[MemberStatus]


class ReactionsFrame(FleetingFrame, frozen=True, kw_only=True, tag="reactions"):
    """How often each emoji was thrown in the last 200 ms, and where the video was."""

    counts: dict[str, int]
    position_ms: float


class TypingFrame(FleetingFrame, frozen=True, kw_only=True, tag="typing"):
    """A member writes."""

    member_id: str


class KnocksFrame(FleetingFrame, frozen=True, kw_only=True, tag="knocks"):
    """All who wait outside; only those hear it who may answer."""

    knocking: list[Knock]


class NoticeFrame(FleetingFrame, frozen=True, kw_only=True, tag="notice"):
    """A word of the staff to everybody; on several sockets it has the same `id`."""

    id: str
    text: str
    at_ms: int


class TopFrame(FleetingFrame, frozen=True, kw_only=True, tag="top"):
    """The party's highest seq, every 30 s: whoever has less asks with `resync`."""

    seq: int


class PingFrame(FleetingFrame, frozen=True, kw_only=True, tag="ping"):
    """After 15 s of silence. Any frame answers it; `pong` is there for that."""
