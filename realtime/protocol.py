"""Frames of `matinee.v1` as they come in: every text becomes a typed frame or a `BadFrame` that says what was wrong.

msgspec does the work: it knows the fields, types and bounds of every frame, refuses NaN, infinities, lone surrogates and
unknown fields, and skips what is nested too deep without recursion. So nothing that a client sends can raise anything
but `BadFrame`.
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from realtime.party.bounds import MAX_POSITION_MS, Emoji, Id, PositionMs
from realtime.party.commands import CLIENT_COMMANDS, Command

SUBPROTOCOL = "matinee.v1"
MAX_FRAME_BYTES = 64 * 1024
HEARTBEAT_MS = 15_000
MAX_MS = 4e12
"""Year 2096: times of a client's clock beyond it are mistakes."""

Seq = Annotated[int, Meta(ge=0, le=2**53)]
TimeMs = Annotated[float, Meta(ge=-MAX_MS, le=MAX_MS)]
SpanMs = Annotated[float, Meta(ge=0, le=MAX_POSITION_MS)]
DriftMs = Annotated[float, Meta(ge=-MAX_POSITION_MS, le=MAX_POSITION_MS)]
Label = Annotated[str, Meta(max_length=64)]
PlayerStatus = Literal["playing", "paused", "buffering", "idle", "error"]
ViewerEventType = Literal[
    "view.started", "view.watched", "view.stalled", "view.sought", "view.failed", "view.ended", "view.quality"
]


class Frame(Struct, frozen=True, kw_only=True, tag_field="t", forbid_unknown_fields=True):
    """Base of client frames that are not commands to the party."""

    command_id: Id | None = field(default=None, name="id")


class Resume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a client was before its connection dropped: the `session` and `epoch` of its welcome, its last seq."""

    session: Annotated[str, Meta(max_length=512)]
    epoch: Label
    seq: Seq


class ClientInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the client says it is; for analytics only."""

    name: Label | None = None
    version: Label | None = None
    device: Label | None = None
    browser: Label | None = None
    os: Label | None = None


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """The first frame: exactly one of token, ticket and guest says who it is."""

    token: Annotated[str, Meta(min_length=1, max_length=8192)] | None = None
    ticket: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    guest: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    password: Annotated[str, Meta(max_length=128)] | None = None
    invite: Annotated[str, Meta(max_length=512)] | None = None
    after: Id | None = None
    """On `/ws/me` only: the id of the newest notification that the client has."""
    resume: Resume | None = None
    client: ClientInfo | None = None


class Resync(Frame, frozen=True, kw_only=True, tag="resync"):
    seq: Seq


class Clock(Frame, frozen=True, kw_only=True, tag="clock"):
    t0: TimeMs


class StatusReport(Frame, frozen=True, kw_only=True, tag="status"):
    """How the member's player does; shown to the others, never stored."""

    state: PlayerStatus
    position_ms: PositionMs | None = None
    drift_ms: DriftMs | None = None
    rtt_ms: SpanMs | None = None
    buffered_ms: SpanMs | None = None


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    pass


class React(Frame, frozen=True, kw_only=True, tag="react"):
    emoji: Emoji


class ViewerEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a viewer's player measured. `at_ms` is the client's own clock; the server corrects it."""

    event_id: Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f-]{32,36}\Z")]
    type: ViewerEventType
    at_ms: TimeMs | None = None
    video_id: Id | None = None
    position_ms: PositionMs | None = None
    watched_ms: SpanMs | None = None
    from_ms: PositionMs | None = None
    to_ms: PositionMs | None = None
    drift_ms: DriftMs | None = None
    rtt_ms: SpanMs | None = None
    stall_ms: SpanMs | None = None
    startup_ms: SpanMs | None = None
    rate: Annotated[float, Meta(ge=0, le=16)] | None = None
    height: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None


class Telemetry(Frame, frozen=True, kw_only=True, tag="telemetry"):
    events: Annotated[list[ViewerEvent], Meta(max_length=500)]


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    pass


class Pong(Frame, frozen=True, kw_only=True, tag="pong"):
    pass


FRAMES = (Hello, Resync, Clock, StatusReport, Typing, React, Telemetry, Ping, Pong)
ClientFrame = Frame | Command
ErrorCode = Literal["bad_frame", "unknown_type", "invalid", "too_large"]


UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""All that msgspec raises for a text. A text that fits no frame is read again more loosely, and may fail anew there."""


class BadFrame(Exception):  # noqa: N818 - named for what came in
    """A frame that says nothing we understand. `command_id` is what the client called it, where that could be read."""

    def __init__(
        self, code: ErrorCode, message: str, *, path: str | None = None, command_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.path = path
        self.command_id = command_id


class _Envelope(Struct):
    """What any object may tell about itself when it is not a frame of ours."""

    t: Any = None
    id: Any = None


_KINDS: tuple[type[Frame] | type[Command], ...] = (*FRAMES, *CLIENT_COMMANDS)
_UNION: Any = _KINDS[0]
for _kind in _KINDS[1:]:
    _UNION = _UNION | _kind
_FRAME_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_UNION)
_ENVELOPE_DECODER = msgspec.json.Decoder(_Envelope)
_TYPES = frozenset(str(kind.__struct_config__.tag) for kind in _KINDS)
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]*)`")
_PLACE = re.compile(r"`\$([^`]*)`\Z")
_MISSING_FIELD = re.compile(r"missing required field `([^`]*)`")


def decode(data: str | bytes) -> ClientFrame:
    """Read one frame. Raises `BadFrame`, and nothing else, for anything that is not one."""
    try:
        if len(data) > MAX_FRAME_BYTES:
            raise BadFrame("too_large", f"A frame holds at most {MAX_FRAME_BYTES} bytes.")
        frame: ClientFrame = _FRAME_DECODER.decode(data)
    except msgspec.ValidationError as error:
        raise _explained(data, error) from None
    except UNREADABLE:
        raise BadFrame("bad_frame", "A frame is one JSON object in UTF-8, without NaN or lone surrogates.") from None
    return frame


def command(t: str, fields: dict[str, Any]) -> Command:
    """Build the command that the wire calls `t` from its fields, for REST. Raises `BadFrame`."""
    try:
        made = msgspec.convert({**fields, "t": t}, _UNION)
    except msgspec.ValidationError as error:
        if t not in _TYPES:
            raise BadFrame("unknown_type", f"There is no command {t!r}.", path="command") from None
        raise BadFrame("invalid", _sentence(error), path=_path(error)) from None
    if not isinstance(made, Command):
        raise BadFrame("unknown_type", f"There is no command {t!r}.", path="command")
    return made


def _explained(data: str | bytes, error: msgspec.ValidationError) -> BadFrame:
    """Say which of the three kinds of bad frame it is; only here is the text read a second time."""
    try:
        envelope = _ENVELOPE_DECODER.decode(data)
    except UNREADABLE:
        return BadFrame("bad_frame", "A frame is one JSON object.")
    command_id = envelope.id if isinstance(envelope.id, str) and 0 < len(envelope.id) <= 64 else None  # noqa: PLR2004
    if not isinstance(envelope.t, str):
        return BadFrame("bad_frame", 'A frame says its type in "t".', command_id=command_id)
    if envelope.t not in _TYPES:
        return BadFrame("unknown_type", f"There is no frame {envelope.t[:64]!r}.", command_id=command_id)
    return BadFrame("invalid", _sentence(error), path=_path(error), command_id=command_id)


def _sentence(error: msgspec.ValidationError) -> str:
    return _PLACE.sub("", str(error)).removesuffix(" - at ").replace("`", "") + "."


def _path(error: msgspec.ValidationError) -> str:
    """Name the field that is wrong, as `events[0].type`; msgspec puts `$.events[0].type` at the end of its text."""
    text = str(error)
    place = _PLACE.search(text)
    path = place[1].removeprefix(".") if place else ""
    named = _UNKNOWN_FIELD.search(text) or _MISSING_FIELD.search(text)
    if named is None:
        return path
    return f"{path}.{named[1]}" if path else named[1]
