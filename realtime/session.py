"""The life of one connection, without its input and output.

Theory. A session is given frames and the time, and answers with actions for whoever does the input and output:

    waiting   --hello-->   entering   --entered()-->   open
       |  (5 s)               |                          |
       |                      +--waits()--> outside -----+   (let in: entered())
       +------------------> closed <---------------------+   (45 s of silence, abuse, or a reason from outside)

Before `open` only `hello` and the clock are served, and `leave` outside; everything else is answered `not_ready`. A frame that is not understood
is answered and changes nothing; 20 that are no frames at all within a minute end it. No input raises.
"""

from typing import Any, Literal

from msgspec import Struct

from realtime import errors
from realtime import protocol as wire
from realtime.limits import Strikes, TokenBucket
from realtime.party.commands import Command, Leave

HELLO_MS = 5_000
SILENCE_MS = 45_000
TOP_MS = 30_000
MINUTE_MS = 60_000
BAD_FRAMES = 20
OVER_BUDGET = 200
"""Refused frames in a minute after which a client is closed with 4029: it does not listen to `rate_limited`."""
FRAMES_PER_SECOND = 10
SECONDS_AT_ONCE = 3
"""What may come at once is the frames of so many seconds."""
REACTIONS_PER_SECOND = 10
CLOCK_PER_SECOND, CLOCK_AT_ONCE = 5, 20
CLOCK_SAMPLES = 16

Fields = dict[str, Any]


class Send(Struct, frozen=True, gc=False):
    fields: Fields


class Close(Struct, frozen=True):
    code: int
    reason: str


class Enter(Struct, frozen=True):
    """Check who says hello and let them in, then call `entered`."""

    hello: wire.Hello


class Resync(Struct, frozen=True):
    """Tell the client again where the party is, and what it missed after `seq`."""

    seq: int
    command_id: str | None


class Do(Struct, frozen=True, gc=False):
    """Submit a command of the member."""

    command: Command


class Report(Struct, frozen=True):
    """Show how the member's player does."""

    status: wire.StatusReport


class Record(Struct, frozen=True):
    """Make viewer events durable, then acknowledge them. `offset_ms` turns the client's times into ours."""

    events: list[wire.ViewerEvent]
    command_id: str | None
    offset_ms: float | None


class Show(Struct, frozen=True):
    """Show the others that the member reacts (`emoji`), or types."""

    what: Literal["react", "typing"]
    emoji: str | None = None
    command_id: str | None = None


Action = Send | Close | Enter | Resync | Do | Report | Record | Show


class Session:
    def __init__(self, now_ms: float, frames_per_second: float = FRAMES_PER_SECOND) -> None:
        self.state: Literal["waiting", "entering", "outside", "open", "closed"] = "waiting"
        self._opened_ms = now_ms
        self._heard_ms = now_ms
        self._spoke_ms = now_ms
        self._pinged_ms = now_ms
        self._top_ms = now_ms
        self._budget = TokenBucket(frames_per_second, SECONDS_AT_ONCE * frames_per_second, now_ms)
        self._reactions = TokenBucket(REACTIONS_PER_SECOND, REACTIONS_PER_SECOND, now_ms)
        self._clock = TokenBucket(CLOCK_PER_SECOND, CLOCK_AT_ONCE, now_ms)
        self._bad = Strikes(BAD_FRAMES, MINUTE_MS)
        self._over = Strikes(OVER_BUDGET, MINUTE_MS)
        self._offsets_ms: list[float] = []

    def receive(self, data: str | bytes, now_ms: float) -> list[Action]:
        """Take one frame off the wire."""
        if self.state == "closed":
            return []
        self._heard_ms = now_ms
        try:
            if isinstance(data, bytes):
                raise wire.BadFrame("bad_frame", "Frames are text, not binary.")  # noqa: TRY301 - answered like the others
            frame = wire.decode(data)
        except wire.BadFrame as bad:
            return self._bad_frame(bad, now_ms)
        command = frame if isinstance(frame, Command) else None  # looked for first, as it is what there is most of
        wait_ms = (self._budget_of(frame) if command is None else self._budget).take(now_ms)
        if wait_ms > 0:
            return self._over_budget(frame, wait_ms, now_ms)
        return self._served(frame, now_ms) if command is None or self.state != "open" else [Do(command)]

    def spoke(self, now_ms: float) -> None:
        """Note that the client was sent something."""
        self._spoke_ms = now_ms

    def heard(self, now_ms: float) -> None:
        """Note that the peer is alive, by something that is no frame of ours."""
        self._heard_ms = now_ms

    def waits(self) -> None:
        """Note that somebody has to let them in first."""
        if self.state == "entering":
            self.state = "outside"

    def entered(self, now_ms: float) -> None:
        """Note that the member was let in and told `welcome`."""
        if self.state in {"entering", "outside"}:
            self.state = "open"
            self._top_ms = now_ms

    def close(self, code: int, reason: str | None = None) -> list[Action]:
        """End the session, once."""
        if self.state == "closed":
            return []
        self.state = "closed"
        return [Close(code, reason or errors.CLOSES[code].meaning)]

    def tick(self, now_ms: float, top_seq: int | None) -> list[Action]:
        """Do what the time asks for: time-outs, heartbeats, the top seq. Called about once a second."""
        if self.state == "closed":
            return []
        if self.state not in {"open", "outside"}:
            late = self.state == "waiting" and now_ms - self._opened_ms >= HELLO_MS
            return self.close(errors.TIMED_OUT) if late else []
        if now_ms - self._heard_ms >= SILENCE_MS:
            return self.close(errors.TIMED_OUT)
        actions: list[Action] = []
        # Silence of either side: a client counts on hearing something, too.
        if now_ms - max(min(self._heard_ms, self._spoke_ms), self._pinged_ms) >= wire.HEARTBEAT_MS:
            self._pinged_ms = now_ms
            actions.append(Send({"t": "ping"}))
        if top_seq is not None and self.state == "open" and now_ms - self._top_ms >= TOP_MS:
            self._top_ms = now_ms
            actions.append(Send({"t": "top", "seq": top_seq}))
        return actions

    @property
    def offset_ms(self) -> float | None:
        """Server time minus client time, as the clock frames tell it: the least of t1 - t0, which has the least delay."""
        return min(self._offsets_ms) if self._offsets_ms else None

    def _served(self, frame: wire.ClientFrame, now_ms: float) -> list[Action]:
        match frame:
            case wire.Clock(t0=t0):
                self._offsets_ms = [*self._offsets_ms[1 - CLOCK_SAMPLES :], now_ms - t0]
                return [Send(_reply({"t": "clock", "t0": t0, "t1": now_ms, "t2": now_ms}, frame.command_id))]
            case wire.Hello():
                return self._hello(frame)
            case wire.Ping():
                return [Send(_reply({"t": "pong"}, frame.command_id))]
            case wire.Pong():
                return []
        return self._open_frame(frame) if self.state == "open" else self._not_yet(frame)

    def _not_yet(self, frame: wire.ClientFrame) -> list[Action]:
        if self.state == "outside" and isinstance(frame, Leave):
            return self.close(errors.NORMAL)
        words = "You wait to be let in." if self.state == "outside" else "Say hello first."
        return [error("not_ready", words, frame.command_id)]

    def _open_frame(self, frame: wire.ClientFrame) -> list[Action]:
        action: Action
        match frame:
            case wire.Resync(seq=seq):
                action = Resync(seq, frame.command_id)
            case wire.StatusReport():
                action = Report(frame)
            case wire.React(emoji=emoji):
                action = Show("react", emoji, frame.command_id)
            case wire.Typing():
                action = Show("typing", None, frame.command_id)
            case wire.Telemetry(events=events):
                action = Record(events, frame.command_id, self.offset_ms)
            case _:
                action = error("unknown_type", "There is no frame of this type.", frame.command_id)
        return [action]

    def _hello(self, hello: wire.Hello) -> list[Action]:
        if self.state != "waiting":
            return [error("conflict", "You have said hello already.", hello.command_id)]
        given = [name for name in ("token", "ticket", "guest") if getattr(hello, name) is not None]
        if len(given) != 1:
            message = "Give exactly one of token, ticket and guest."
            return [error("invalid", message, hello.command_id, path=given[1] if given else "token")]
        self.state = "entering"
        return [Enter(hello)]

    def _budget_of(self, frame: wire.ClientFrame) -> TokenBucket:
        if isinstance(frame, wire.Clock):
            return self._clock
        return self._reactions if isinstance(frame, wire.React) else self._budget

    def _over_budget(self, frame: wire.ClientFrame, wait_ms: float, now_ms: float) -> list[Action]:
        if self._over.strike(now_ms):
            return self.close(errors.TOO_FAST_OR_SLOW)
        return [error("rate_limited", "Too many frames.", frame.command_id, retry_after_ms=int(wait_ms) + 1)]

    def _bad_frame(self, bad: wire.BadFrame, now_ms: float) -> list[Action]:
        if bad.code == "too_large":
            return self.close(errors.FRAME_TOO_LARGE)
        if bad.code == "bad_frame" and self._bad.strike(now_ms):
            return self.close(errors.NOT_OUR_PROTOCOL, "20 bad frames in a minute.")
        wait_ms = self._budget.take(now_ms)
        if wait_ms > 0 and self._over.strike(now_ms):
            return self.close(errors.TOO_FAST_OR_SLOW)
        return [error(bad.code, bad.message, bad.command_id, path=bad.path)]


def error(
    code: str,
    message: str,
    command_id: str | None,
    *,
    path: str | None = None,
    retry_after_ms: int | None = None,
) -> Send:
    """Make an `error` frame, with what is known about it."""
    fields = _reply({"t": "error", "code": code, "message": message}, command_id)
    if path is not None:
        fields["path"] = path
    if retry_after_ms is not None:
        fields["retry_after_ms"] = retry_after_ms
    return Send(fields)


def _reply(fields: Fields, command_id: str | None) -> Fields:
    return fields if command_id is None else {**fields, "id": command_id}
