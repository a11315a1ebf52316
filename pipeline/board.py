"""The scheduler's side of the job board: it tells what its jobs are, and runs what staff ask for."""

import os
import socket
from typing import Any

from pymongo.database import Database

from conf import logs
from conf.clock import Clock, utc
from pipeline.lake import LakeError
from pipeline.place import Place
from pipeline.runner import Pipeline
from pipeline.status import schedule
from store.blocking import connect_blocking
from store.documents import JobRequest, PlannedJob
from store.ids import new_id
from store.job_board import JobBoardWriter

TELL_EVERY_MS = 30_000

log = logs.get("pipeline.board")


class Board:
    """Holds one connection for as long as the scheduler runs; `close` lets it go."""

    def __init__(self, *, place: Place, pipeline: Pipeline, clock: Clock) -> None:
        self._place = place
        self._pipeline = pipeline
        self._clock = clock
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{new_id(clock.now_ms())[-6:]}"
        self._told_ms = float("-inf")
        self._database: Database[dict[str, Any]] | None = None

    def look(self) -> int:
        """Tell the schedule where that is due, and run what is asked for; return how many requests were run.

        Raises `PyMongoError` where the database is away: what was taken up then is taken up again later.
        """
        writer = JobBoardWriter(self._connected())
        now_ms = self._clock.now_ms()
        if now_ms - self._told_ms >= TELL_EVERY_MS:
            writer.tell(planned(now_ms))
            self._told_ms = now_ms
        done = 0
        while (request := writer.take(self._owner, utc(self._clock.now_ms()))) is not None:
            self._run(writer, request)
            done += 1
        return done

    def close(self) -> None:
        if self._database is not None:
            self._database.client.close()
            self._database = None

    def _connected(self) -> Database[dict[str, Any]]:
        if self._database is None:
            self._database = connect_blocking(self._place.uri, self._place.database)
        return self._database

    def _run(self, writer: JobBoardWriter, request: JobRequest) -> None:
        log.info("job asked for", job=request.job, request=request.id)
        outcome: dict[str, Any] = {}
        try:
            summary = self._pipeline.run(job=request.job)
        except (KeyError, LakeError) as error:
            words: str | None = f"{type(error).__name__}: {error.args[0] if error.args else ''}"
        else:
            words = next(iter(summary.failed.values()), None)
            rows = summary.rows.get(request.job, summary.events)
            outcome = {"slots": summary.slots, "rows": rows, "seconds": round(summary.seconds, 3)}
        if not writer.end(request, utc(self._clock.now_ms()), error=words, outcome=outcome):
            log.error("a request took so long that another scheduler took it up", request=request.id)


def planned(now_ms: float) -> list[PlannedJob]:
    """Write the schedule as it stands at a moment."""
    return [
        PlannedJob(
            id=line.job,
            every_seconds=line.every_seconds,
            schedule=line.schedule,
            meaning=line.meaning,
            inputs=list(line.inputs),
            outputs=list(line.outputs),
            next_at=line.next_at,
            told_at=utc(now_ms),
        )
        for line in schedule(now_ms)
    ]
