"""Runs the jobs: each once, in their order, for all that is due. The scheduler and the command line both come here."""

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from conf import logs
from conf.clock import Clock, to_ms
from conf.metrics import Metrics
from pipeline import jobs
from pipeline.compute import Tasks
from pipeline.finals import Moment
from pipeline.jobs.job import Job, Outcome, Span, Step, Work
from pipeline.lease import Claim
from pipeline.place import Place
from pipeline.slots import SLOT_MS, slot_of, start_ms
from pipeline.source import Source
from store.ids import new_id
from store.job_runs import JobRuns

LEASE_SECONDS = 30.0
SLACK_MS = 10_000
"""A commit may take this long from `received_ms` to being readable; a later one is found by the counts."""

log = logs.get("pipeline.runner")


class Summary(msgspec.Struct, kw_only=True):
    """What a run did."""

    slots: int = 0
    """Minutes brought to the lake."""
    events: int = 0
    rows: dict[str, int] = {}
    """Rows published, by job."""
    failed: dict[str, str] = {}
    """What went wrong, by `job:slot`."""
    waiting: list[str] = []
    """Slots that another process still holds."""
    complete_until_ms: int = 0
    seconds: float = 0.0


def wait(seconds: float) -> None:
    """Let time pass in a thread that has nothing else to do."""
    threading.Event().wait(seconds)


class Pipeline:
    """The jobs over one database and one lake."""

    def __init__(
        self,
        *,
        place: Place,
        tasks: Tasks,
        clock: Clock,
        metrics: Metrics,
        lease_seconds: float = LEASE_SECONDS,
        pause: Callable[[float], object] = wait,
    ) -> None:
        self._place = place
        self._tasks = tasks
        self._clock = clock
        self._metrics = metrics
        self._lease_seconds = lease_seconds
        self._pause = pause
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{new_id(clock.now_ms())[-6:]}"

    def run(
        self,
        *,
        job: str | None = None,
        frm: datetime | None = None,
        to: datetime | None = None,
        progress: Callable[[Step], None] = lambda _: None,
    ) -> Summary:
        """Do everything up to now, the open minute included; where others hold a slot, wait for them.

        `job` runs only that one; with `frm` or `to` the slots between them are done again. Raises KeyError for a job
        that does not exist, `PyMongoError` where the database is away; what goes wrong in a slot stands in `failed`.
        """
        chosen = jobs.TABLE if job is None else (jobs.named(job),)
        now_ms = int(self._clock.now_ms())
        with self._place.connected() as database:
            first_ms = to_ms(frm) if frm else Source(database=database).first_ms()
            last_ms = min(to_ms(to), now_ms + 1) if to else now_ms + 1
            span = Span(first_ms if first_ms is not None else now_ms, last_ms, again=frm is not None or to is not None)
            return self._run(database, chosen, span, now_ms - SLACK_MS, progress, patient=True)

    def run_closed(self, since_ms: int | None) -> Summary:
        """Do the minutes that are over, received since `since_ms` (None: all), without waiting for others."""
        closed_ms = closed_until_ms(self._clock.now_ms())
        with self._place.connected() as database:
            first_ms = since_ms if since_ms is not None else Source(database=database).first_ms()
            span = Span(min(first_ms if first_ms is not None else closed_ms, closed_ms), closed_ms)
            return self._run(database, jobs.TABLE, span, closed_ms, lambda _: None, patient=False)

    def _run(
        self,
        database: Database[dict[str, Any]],
        chosen: tuple[Job, ...],
        span: Span,
        complete_ms: int,
        progress: Callable[[Step], None],
        *,
        patient: bool,
    ) -> Summary:
        started_ms = self._clock.now_ms()
        summary = Summary(complete_until_ms=complete_ms)
        for job in chosen:
            work = Work(
                database=database,
                place=self._place,
                tasks=self._tasks,
                span=span,
                moment=Moment(int(started_ms), summary.complete_until_ms),
                owner=self._owner,
                lease_seconds=self._lease_seconds,
                progress=progress,
            )
            began_ms = self._clock.now_ms()
            outcome = (
                self._ingest(job, work, patient=patient)
                if job.owed is None
                else self._final(job, work, patient=patient)
            )
            self._metrics.timing("pipeline.job_ms", self._clock.now_ms() - began_ms)
            self._add(summary, job, outcome)
        summary.seconds = (self._clock.now_ms() - started_ms) / 1000
        return summary

    def _ingest(self, job: Job, work: Work, *, patient: bool) -> Outcome:
        """Ingest what is due; where patient, look again until nobody holds a slot that is due."""
        whole = job.run(work)
        for _ in self._patience(patient=patient):
            if not whole.held_by_others:
                break
            again = job.run(msgspec.structs.replace(work, span=Span(work.span.from_ms, work.span.to_ms)))
            whole = Outcome(
                slots=whole.slots + again.slots,
                rows=whole.rows + again.rows,
                held_by_others=again.held_by_others,
                failed=again.failed,
                unreadable=whole.unreadable + again.unreadable,
                newest_ms=max(whole.newest_ms, again.newest_ms),
            )
        return whole

    def _final(self, job: Job, work: Work, *, patient: bool) -> Outcome:
        """Run a job that takes in what others brought, one runner at a time."""
        assert job.owed is not None
        if not job.owed(work):
            return Outcome()
        slot = slot_of(work.moment.now_ms)
        runs = JobRuns(work.database)
        fence = runs.claim(job.name, slot, work.owner, work.lease_seconds, redo=True)
        for _ in self._patience(patient=patient):
            if fence is not None:
                break
            fence = runs.claim(job.name, slot, work.owner, work.lease_seconds, redo=True)
        if fence is None:
            return Outcome(held_by_others=[slot])
        claim = Claim(runs=runs, job=job.name, slot=slot, fence=fence)
        try:
            with claim.kept(work.lease_seconds):
                outcome = job.run(work)
        except Exception as error:  # noqa: BLE001 - one job's fault is told and retried; the others go on
            claim.fail(error)
            return Outcome(failed={slot: f"{type(error).__name__}: {error}"})
        claim.finish({"slots": outcome.slots, "rows": outcome.rows})
        return outcome

    def _patience(self, *, patient: bool) -> Any:
        """Come back now and then, a little longer than any lease can last."""
        step = min(1.0, self._lease_seconds / 8)
        for _ in range(int(self._lease_seconds / step) + 8 if patient else 0):
            yield
            self._pause(step)

    def _add(self, summary: Summary, job: Job, outcome: Outcome) -> None:
        for slot, words in outcome.failed.items():
            summary.failed[f"{job.name}:{slot}"] = words
            self._metrics.count("pipeline.job_failed")
            log.error("job failed", job=job.name, slot=slot, error=words)
        summary.waiting.extend(f"{job.name}:{slot}" for slot in outcome.held_by_others)
        if job.owed is not None:
            summary.rows[job.name] = outcome.rows
            return
        summary.slots, summary.events = outcome.slots, outcome.rows
        self._metrics.count("pipeline.events_processed", outcome.rows)
        if outcome.newest_ms:
            self._metrics.gauge("pipeline.lag_ms", max(0.0, self._clock.now_ms() - outcome.newest_ms))
        if outcome.unreadable:
            log.error("documents left out of the lake: they have no shape of ours", documents=outcome.unreadable)
        missing = [start_ms(slot) for slot in (*outcome.failed, *outcome.held_by_others)]
        summary.complete_until_ms = min([summary.complete_until_ms, *missing])


def closed_until_ms(now_ms: float) -> int:
    """Tell up to when minutes are over and past their slack."""
    return int(now_ms - SLACK_MS) // SLOT_MS * SLOT_MS
