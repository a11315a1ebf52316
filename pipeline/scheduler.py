"""The long-running loop: each minute, when it is over, goes to the lake and from there into the dashboards.

Slots are computed from the clock and from the counts in MongoDB, so the loop keeps no state: it can be killed, started
again, or run twice. Beside the clock it listens to the job board, on which staff ask for a run.
"""

import threading

from pymongo.errors import PyMongoError

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from pipeline.board import Board
from pipeline.lake import LakeError
from pipeline.runner import Pipeline, Summary, closed_until_ms
from pipeline.slots import SLOT_MS

RECENT_MS = 15 * SLOT_MS
"""What each tick looks at: a commit that is slower than this is found by the hourly look at everything."""
ALL_EVERY_MS = 3_600_000
TICK_SECONDS = 2.0
LONGEST_REST_SECONDS = 60.0
"""What goes wrong at each attempt (a full disk, a database that is away) is tried again ever more rarely, up to this."""

log = logs.get("pipeline.scheduler")


class Scheduler:
    """Runs the pipeline for as long as nobody sets `stop`."""

    def __init__(self, *, pipeline: Pipeline, board: Board, clock: Clock, metrics: Metrics) -> None:
        self._pipeline = pipeline
        self._board = board
        self._clock = clock
        self._metrics = metrics
        self._closed_ms = 0
        self._all_ms = float("-inf")
        self._failures = 0

    def serve(self, stop: threading.Event) -> None:
        """Tick until `stop` is set; a tick in progress is finished first."""
        log.info("scheduler started")
        while not stop.is_set():
            self.tick()
            self.look()
            stop.wait(self.rest_seconds())
        self._board.close()
        log.info("scheduler stopped")

    def look(self) -> int:
        """Run what staff ask for; return how many requests that was. A database that is away is asked again later."""
        try:
            return self._board.look()
        except PyMongoError as error:
            self._failures += 1
            log.error("the job board cannot be read", error=type(error).__name__)  # noqa: TRY400 - its text may quote documents
            return 0

    def rest_seconds(self) -> float:
        """Tell how long to rest before the next tick: twice as long after each failure in a row."""
        return float(min(LONGEST_REST_SECONDS, TICK_SECONDS * 2 ** min(self._failures, 10)))

    def tick(self) -> Summary | None:
        """Run what became due since the last tick, None where no minute has ended or the database is away."""
        now_ms = self._clock.now_ms()
        closed_ms = closed_until_ms(now_ms)
        if closed_ms <= self._closed_ms:
            return None
        everything = now_ms - self._all_ms >= ALL_EVERY_MS
        try:
            summary = self._pipeline.run_closed(None if everything else closed_ms - RECENT_MS)
        except (PyMongoError, LakeError) as error:
            self._failures += 1
            self._metrics.count("pipeline.job_failed")
            log.error("tick failed; the next one does it", error=f"{type(error).__name__}: {error}")  # noqa: TRY400 - the words say it
            return None
        self._failures = self._failures + 1 if summary.failed else 0
        if summary.failed or summary.waiting:
            return summary  # the same minutes are tried again at the next tick
        self._closed_ms = closed_ms
        if everything:
            self._all_ms = now_ms
        log.info(
            "tick", slots=summary.slots, events=summary.events, rows=summary.rows, seconds=round(summary.seconds, 3)
        )
        return summary
