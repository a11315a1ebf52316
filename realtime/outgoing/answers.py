"""Frames that answer one of the client's; they repeat its `id` where it had one."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from realtime.outgoing.events import AnyEventFrame
from realtime.outgoing.shown import Snapshot, You, YouOutside

Code = Literal[
    "bad_frame",
    "unknown_type",
    "invalid",
    "forbidden",
    "not_found",
    "conflict",
    "rate_limited",
    "muted",
    "slow_mode",
    "too_large",
    "not_ready",
    "ended",
    "unavailable",
]


class Answer(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Base of all answers."""

    id: str | UnsetType = UNSET


class Ok(Answer, frozen=True, kw_only=True, tag="ok"):
    """Done and durable. A command has the party's `seq` then, `telemetry` its two counts."""

    seq: int | UnsetType = UNSET
    accepted: int | UnsetType = UNSET
    duplicate: int | UnsetType = UNSET


class Error(Answer, frozen=True, kw_only=True, tag="error"):
    """Nothing changed. `message` is for people and may change; `path` names the field that is wrong."""

    code: Code
    message: str
    path: str | UnsetType = UNSET
    retry_after_ms: int | UnsetType = UNSET


class Welcome(Answer, frozen=True, kw_only=True, tag="welcome"):
    """You are in: the party at `seq`. `resumed` is true only where `missed` closes the gap wholly."""

    you: You
    party: Snapshot
    epoch: str
    seq: int
    now_ms: float
    heartbeat_ms: int
    resumed: bool
    missed: list[AnyEventFrame]
    """The events in between, as they would have come."""


class Outside(Answer, frozen=True, kw_only=True, tag="outside"):
    """You are known, and wait to be let in; `welcome` follows, or a close."""

    you: YouOutside
    now_ms: float
    heartbeat_ms: int


class ClockAnswer(Answer, frozen=True, kw_only=True, tag="clock"):
    """`t0` as it came, when it came, and when this was sent."""

    t0: float
    t1: float
    t2: float


class PongAnswer(Answer, frozen=True, kw_only=True, tag="pong"):
    """The answer to your `ping`."""
