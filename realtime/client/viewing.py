"""What was watched, as events: `view.started`, `view.watched` every 10 s and before each jump, `view.stalled`, `view.ended`.

`watched_ms` is media time that was really played. It is sent in whole milliseconds, and what a rounding leaves is carried into the
next event, so that the sum of what is sent is the sum of what was played.
"""

from collections.abc import Callable, Iterable
from typing import Any

from conf.clock import Clock
from realtime.client.player import Span, Stall
from store.ids import new_id

REPORT_EVERY_MS = 10_000

Event = dict[str, Any]


class Viewing:
    """The view of one video by one viewer; another video begins another one."""

    def __init__(self, *, clock: Clock, record: Callable[[Event], None]) -> None:
        self.watched_ms = 0
        """The sum of all `watched_ms` recorded."""
        self._clock = clock
        self._record = record
        self._video_id: str | None = None
        self._wanted_ms: float | None = None
        self._started = False
        self._owed_ms = 0.0
        self._reported_ms = clock.now_ms()

    @property
    def video_id(self) -> str | None:
        return self._video_id

    @property
    def due(self) -> bool:
        """Whether it is time for the next report."""
        return self._clock.now_ms() - self._reported_ms >= REPORT_EVERY_MS

    def open(self, video_id: str | None) -> None:
        """Begin a view; the one before has been closed."""
        self._video_id = video_id
        self._wanted_ms, self._started = None, False
        self._reported_ms = self._clock.now_ms()

    def wanted(self) -> None:
        """Note that the film should move from now on; the time until it does is the start-up time."""
        if self._wanted_ms is None:
            self._wanted_ms = self._clock.now_ms()

    def moved(self, since_ms: float, position_ms: float) -> None:
        """Note that frames move since `since_ms` of the local clock."""
        if self._started or self._video_id is None:
            return
        self._started = True
        startup_ms = max(0.0, since_ms - (self._wanted_ms if self._wanted_ms is not None else since_ms))
        self._send("view.started", startup_ms=round(startup_ms), position_ms=round(position_ms))

    def stalled(self, stalls: Iterable[Stall]) -> None:
        for stall in stalls:
            self._send("view.stalled", stall_ms=round(stall.stall_ms), position_ms=round(stall.position_ms))

    def report(self, spans: Iterable[Span], drift_ms: float | None) -> None:
        """Send what was played since the last report, one event a stretch."""
        self._reported_ms = self._clock.now_ms()
        for span in spans:
            self._owed_ms += span.to_ms - span.from_ms
            whole_ms = int(self._owed_ms)
            if not whole_ms:
                continue
            self._owed_ms -= whole_ms
            self.watched_ms += whole_ms
            drift = {} if drift_ms is None else {"drift_ms": round(drift_ms, 1)}
            self._send(
                "view.watched", watched_ms=whole_ms, from_ms=round(span.from_ms), to_ms=round(span.to_ms), **drift
            )

    def close(self, position_ms: float) -> None:
        """End the view; its last report has been sent. Who leaves before the first frame of a film that should move is counted."""
        if self._started or self._wanted_ms is not None:
            self._send("view.ended", position_ms=round(position_ms))
        self.open(None)

    def _send(self, kind: str, **fields: float) -> None:
        now_ms = self._clock.now_ms()
        self._record({"event_id": new_id(now_ms), "type": kind, "at_ms": now_ms, "video_id": self._video_id, **fields})
