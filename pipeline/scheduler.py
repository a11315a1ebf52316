"""The long-running loop: each minute, when it is over, goes to the lake and from there into the dashboards.

Slots are computed from the clock and from the counts in MongoDB, so the loop keeps no state: it can be killed, started
again, or run twice. Beside the minutes it runs what is due by the time of day, and listens to the job board, on which
staff ask for a run.
"""

import threading
from collections.abc import Callable

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
SETTLING_MS = 5 * SLOT_MS
"""For so long upkeep that was missed waits: while a system starts there is enough to do."""
LONGEST_REST_SECONDS = 60.0
"""What goes wrong at each attempt (a full disk, a database that is away) is tried again ever more rarely, up to this."""

log = logs.get("pipeline.scheduler")


class Scheduler:
    """Runs the pipeline for as long as nobody sets `stop`.

    Two threads: one for the minutes, so that nothing long holds up what people look at, and one for what goes by the
    time of day and for what staff ask.
    """

    def __init__(self, *, pipeline: Pipeline, board: Board, clock: Clock, metrics: Metrics) -> None:
        self._pipeline = pipeline
        self._board = board
        self._clock = clock
        self._metrics = metrics
        self._closed_ms = 0
        self._all_ms = float("-inf")
        self._failures = 0
        self._rounds_failed = 0
        self._round_ms = 0
        self._began_ms = clock.now_ms()

    def serve(self, stop: threading.Event) -> None:
        """Go on until `stop` is set; what is being done is finished first. Raises what no attempt can mend."""
        log.info("scheduler started")
        broken: list[BaseException] = []

        def rounds() -> None:
            try:
                while not stop.is_set():
                    self.round()
                    self.look()
                    stop.wait(_rest_seconds(self._rounds_failed))
            except BaseException as error:  # noqa: BLE001 - raised again below
                broken.append(error)
                stop.set()

        beside = threading.Thread(target=rounds, name="rounds")
        beside.start()
        try:
            while not stop.is_set():
                self.tick()
                stop.wait(self.rest_seconds())
        finally:
            stop.set()
            beside.join()
            self._board.close()
        for error in broken:
            raise error
        log.info("scheduler stopped")

    def look(self) -> int:
        """Run what staff ask for; return how many requests that was. A database that is away is asked again later."""
        try:
            return self._board.look()
        except PyMongoError as error:
            self._rounds_failed += 1
            log.error("the job board cannot be read", error=type(error).__name__)  # noqa: TRY400 - its text may quote documents
            return 0

    def round(self) -> Summary | None:
        """Run what the clock has made due, once a minute; None where that was done or the database is away."""
        minute_ms = closed_until_ms(self._clock.now_ms())
        if minute_ms <= self._round_ms:
            return None
        settled = self._clock.now_ms() - self._began_ms >= SETTLING_MS
        summary = self._tried(lambda: self._pipeline.run_due(upkeep=settled))
        if summary is None:
            self._rounds_failed += 1
            return None
        self._rounds_failed = 0  # what failed waits by itself, each slot as often as it has failed
        self._round_ms = minute_ms
        return summary

    def rest_seconds(self) -> float:
        """Tell how long to rest before the next tick: twice as long after each failure in a row."""
        return _rest_seconds(self._failures)

    def tick(self) -> Summary | None:
        """Run what became due since the last tick, None where no minute has ended or the database is away."""
        now_ms = self._clock.now_ms()
        closed_ms = closed_until_ms(now_ms)
        if closed_ms <= self._closed_ms:
            return None
        everything = now_ms - self._all_ms >= ALL_EVERY_MS
        since_ms = None if everything else closed_ms - RECENT_MS
        summary = self._tried(lambda: self._pipeline.run_closed(since_ms))
        self._failures = self._failures + 1 if summary is None or summary.failed else 0
        if summary is None or summary.failed or summary.waiting:
            return summary  # the same minutes are tried again at the next tick
        self._closed_ms = closed_ms
        if everything:
            self._all_ms = now_ms
        log.info(
            "tick", slots=summary.slots, events=summary.events, rows=summary.rows, seconds=round(summary.seconds, 3)
        )
        return summary

    def _tried(self, run: Callable[[], Summary]) -> Summary | None:
        try:
            return run()
        except (PyMongoError, LakeError) as error:
            self._metrics.count("pipeline.job_failed")
            log.error("tick failed; the next one does it", error=f"{type(error).__name__}: {error}")  # noqa: TRY400 - the words say it
            return None


def _rest_seconds(failures: int) -> float:
    return float(min(LONGEST_REST_SECONDS, TICK_SECONDS * 2 ** min(failures, 10)))
