"""What a client needs of a player, and a player without a screen that keeps honest books."""

from typing import Literal, Protocol

from msgspec import Struct

from conf.clock import Clock
from realtime.party.playback import clamp_position

PlayerState = Literal["playing", "paused", "buffering", "idle", "error"]

START_LATENCY_MS = 120.0
SEEK_LATENCY_MS = 80.0
"""What browsers take for a local mp4; real starts take 50-400 ms."""
BUFFERED_MS = 10_000.0


class Span(Struct):
    """A stretch of media that was played, forward and without a jump."""

    from_ms: float
    to_ms: float


class Stall(Struct, frozen=True):
    """A time at which the player ran dry while it should have moved."""

    position_ms: float
    stall_ms: float


class Player(Protocol):
    """Something that plays a video. Times are the clock's, positions the media's, both in milliseconds."""

    @property
    def state(self) -> PlayerState: ...

    @property
    def paused(self) -> bool:
        """Whether it was told to stand still; it may be stalled or at its end without being paused."""
        ...

    @property
    def moving(self) -> bool:
        """Whether frames follow one another right now."""
        ...

    @property
    def position_ms(self) -> float: ...

    @property
    def buffered_ms(self) -> float:
        """How much lies ready after the position."""
        ...

    def load(self, video_id: str | None, duration_ms: float | None) -> None:
        """Put on another video, or none; it stands paused at its beginning."""
        ...

    async def play(self) -> None:
        """Start, and return when the first frame moves."""
        ...

    def pause(self) -> None: ...

    async def seek(self, position_ms: float) -> None:
        """Jump, and return when the frame there is shown."""
        ...

    def set_rate(self, rate: float) -> None: ...

    def take_spans(self) -> list[Span]:
        """Give what was played since the last call, and begin anew."""
        ...

    def take_stalls(self) -> list[Stall]:
        """Give the stalls that ended since the last call."""
        ...


class VirtualPlayer:
    """A player whose media advances with the clock at its rate, after a start latency as real players have.

    It computes where it is from the clock, so nothing has to tick, and its books are exact: each call and each reading first
    adds what was played since the last one.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        start_latency_ms: float = START_LATENCY_MS,
        seek_latency_ms: float = SEEK_LATENCY_MS,
    ) -> None:
        self._clock = clock
        self._start_latency_ms = start_latency_ms
        self._seek_latency_ms = seek_latency_ms
        self._video_id: str | None = None
        self._duration_ms: float | None = None
        self._position_ms = 0.0
        self._rate = 1.0
        self._paused = True
        self._seen_ms = clock.now_ms()
        self._ready_ms = self._seen_ms
        """Frames move from then on, at the earliest."""
        self._stalled: tuple[float, float] | None = None
        """Begin and end of the stall that is under way."""
        self._spans: list[Span] = []
        self._stalls: list[Stall] = []
        self.played_ms = 0.0
        """All the media that was ever played."""

    @property
    def state(self) -> PlayerState:
        self._catch_up()
        if self._video_id is None:
            return "idle"
        if self._stalled is not None:
            return "buffering"
        return "paused" if self._paused or self._over() else "playing"

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def moving(self) -> bool:
        self._catch_up()
        return not self._paused and not self._over() and self._seen_ms >= self._ready_ms

    @property
    def position_ms(self) -> float:
        self._catch_up()
        return self._position_ms

    @property
    def buffered_ms(self) -> float:
        self._catch_up()
        if self._video_id is None or self._stalled is not None:
            return 0.0
        left_ms = BUFFERED_MS if self._duration_ms is None else self._duration_ms - self._position_ms
        return min(BUFFERED_MS, left_ms)

    @property
    def rate(self) -> float:
        return self._rate

    def load(self, video_id: str | None, duration_ms: float | None) -> None:
        self._catch_up()
        self._end_stall()
        self._video_id, self._duration_ms = video_id, duration_ms
        self._position_ms, self._paused = 0.0, True

    async def play(self) -> None:
        self._catch_up()
        if self._video_id is None:
            return
        if self._paused:
            self._paused = False
            self._ready_ms = max(self._ready_ms, self._seen_ms + self._start_latency_ms)
        await self._until_ready()

    def pause(self) -> None:
        self._catch_up()
        self._end_stall()
        self._paused = True
        self._ready_ms = self._seen_ms

    async def seek(self, position_ms: float) -> None:
        self._catch_up()
        self._end_stall()
        self._position_ms = clamp_position(position_ms, self._duration_ms)
        self._ready_ms = self._seen_ms + self._seek_latency_ms
        await self._until_ready()

    def set_rate(self, rate: float) -> None:
        self._catch_up()
        self._rate = rate

    def stall(self, ms: float) -> None:
        """Run dry for so long, as a bad network makes players do; nothing happens while paused."""
        self._catch_up()
        if self._paused or self._over():
            return
        began_ms = self._stalled[0] if self._stalled else self._seen_ms
        self._ready_ms = max(self._ready_ms, self._seen_ms + ms)
        self._stalled = (began_ms, self._ready_ms)

    def take_spans(self) -> list[Span]:
        self._catch_up()
        spans, self._spans = self._spans, []
        return spans

    def take_stalls(self) -> list[Stall]:
        self._catch_up()
        stalls, self._stalls = self._stalls, []
        return stalls

    def _over(self) -> bool:
        return self._duration_ms is not None and self._position_ms >= self._duration_ms

    async def _until_ready(self) -> None:
        while self._clock.now_ms() < self._ready_ms:
            await self._clock.sleep((self._ready_ms - self._clock.now_ms()) / 1000)

    def _catch_up(self) -> None:
        """Bring position and books to the present."""
        now_ms = self._clock.now_ms()
        if self._stalled is not None and now_ms >= self._stalled[1]:
            self._end_stall(self._stalled[1])
        if not self._paused and now_ms > self._ready_ms:
            passed_ms = now_ms - max(self._seen_ms, self._ready_ms)
            self._advance(clamp_position(self._position_ms + passed_ms * self._rate, self._duration_ms))
        self._seen_ms = now_ms

    def _advance(self, position_ms: float) -> None:
        if position_ms <= self._position_ms:
            return
        self.played_ms += position_ms - self._position_ms
        if self._spans and self._spans[-1].to_ms == self._position_ms:
            self._spans[-1].to_ms = position_ms
        else:
            self._spans.append(Span(self._position_ms, position_ms))
        self._position_ms = position_ms

    def _end_stall(self, at_ms: float | None = None) -> None:
        if self._stalled is None:
            return
        ended_ms = self._seen_ms if at_ms is None else at_ms
        self._stalls.append(Stall(self._position_ms, ended_ms - self._stalled[0]))
        self._stalled = None
