"""Runs the jobs: each once, in their order, for all that is due. The scheduler and the command line both come here."""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from conf import logs
from conf.clock import Clock, to_ms
from conf.metrics import Metrics
from pipeline import jobs
from pipeline.compute import Tasks
from pipeline.jobs.job import RETENTION_DAYS, Job, Outcome, Span, Step, Work
from pipeline.lease import Claim
from pipeline.place import Place
from pipeline.planning import Todo, todo
from pipeline.retrying import retrying
from pipeline.slots import SLOT_MS, Moment, slot_of, start_ms
from pipeline.source import Source
from store.ids import new_id
from store.job_runs import JobRuns
from store.manifest import INGEST

LEASE_SECONDS = 30.0
SLACK_MS = 10_000
"""A commit may take this long from `received_ms` to being readable; a later one is found by the counts."""
ATTEMPTS = 3
REST_SECONDS = 60.0
"""How long a slot of the clock that failed is left alone; then twice as long, and so on, up to an hour."""

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
    """The jobs over one database and one lake; any number of threads may use it."""

    def __init__(
        self,
        *,
        place: Place,
        tasks: Tasks,
        clock: Clock,
        metrics: Metrics,
        lease_seconds: float = LEASE_SECONDS,
        pause: Callable[[float], None] = wait,
        retention_days: int = RETENTION_DAYS,
        table: tuple[Job, ...] = jobs.TABLE,
    ) -> None:
        self._place = place
        self._tasks = tasks
        self._clock = clock
        self._metrics = metrics
        self._lease_seconds = lease_seconds
        self._pause = pause
        self._retention_days = retention_days
        self._table = table
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{new_id(clock.now_ms())[-6:]}"

    def run(
        self,
        *,
        job: str | None = None,
        frm: datetime | None = None,
        to: datetime | None = None,
        only: Iterable[str] = (),
        progress: Callable[[Step], None] = lambda _: None,
    ) -> Summary:
        """Do everything up to now, the open minute included; where others hold a slot, wait for them.

        `job` runs only that one; without it upkeep is left to the clock. With `frm` or `to` the slots between them are
        done again. Raises KeyError for a job that does not exist, `PyMongoError` where the database is away; what goes
        wrong in a slot stands in `failed`.
        """
        chosen = self._chosen(job)
        with self._place.connected() as database:
            work = self._asked(database, frm, to, only, progress)
            return self._run(chosen, work, patient=True)

    def plan(self, *, job: str | None = None, frm: datetime | None = None, to: datetime | None = None) -> list[Todo]:
        """Tell what `run` would find to do now; what follows from it comes after. Raises as `run` does."""
        with self._place.connected() as database:
            work = self._asked(database, frm, to, (), lambda _: None)
            return [todo(one, work) for one in self._chosen(job)]

    def run_closed(self, since_ms: int | None) -> Summary:
        """Do the minutes that are over, received since `since_ms` (None: all), without waiting for others."""
        closed_ms = closed_until_ms(self._clock.now_ms())
        with self._place.connected() as database:
            first_ms = since_ms if since_ms is not None else Source(database=database).first_ms()
            span = Span(min(first_ms if first_ms is not None else closed_ms, closed_ms), closed_ms)
            chain = [job for job in self._table if job.when is None]
            return self._run(chain, self._work(database, span, closed_ms), patient=False)

    def run_due(self, *, upkeep: bool = True) -> Summary:
        """Do what the clock has made due: of any number of schedulers that come here, one runs each slot.

        Without `upkeep` only what computes figures.
        """
        started_ms = self._clock.now_ms()
        closed_ms = closed_until_ms(started_ms)
        summary = Summary(complete_until_ms=closed_ms)
        with self._place.connected() as database:
            work = self._work(database, Span(closed_ms, closed_ms), closed_ms)
            for job in self._table:
                for slot in self._due(job, database) if upkeep or not job.upkeep else ():
                    self._add(summary, job, self._claimed(job, work, slot, redo=False, patient=False))
        summary.seconds = (self._clock.now_ms() - started_ms) / 1000
        return summary

    def _chosen(self, job: str | None) -> list[Job]:
        return [one for one in self._table if not one.upkeep] if job is None else [jobs.named(job, self._table)]

    def _asked(
        self,
        database: Database[dict[str, Any]],
        frm: datetime | None,
        to: datetime | None,
        only: Iterable[str],
        progress: Callable[[Step], None],
    ) -> Work:
        now_ms = int(self._clock.now_ms())
        first_ms = to_ms(frm) if frm else Source(database=database).first_ms()
        last_ms = min(to_ms(to), now_ms + 1) if to else now_ms + 1
        span = Span(first_ms if first_ms is not None else now_ms, last_ms, again=frm is not None or to is not None)
        work = self._work(database, span, now_ms - SLACK_MS)
        return msgspec.structs.replace(work, only=frozenset(only), progress=progress)

    def _work(self, database: Database[dict[str, Any]], span: Span, complete_ms: int) -> Work:
        work = Work(
            database=database,
            place=self._place,
            tasks=self._tasks,
            span=span,
            moment=Moment(int(self._clock.now_ms()), complete_ms),
            owner=self._owner,
            lease_seconds=self._lease_seconds,
            progress=lambda _: None,
            retention_days=self._retention_days,
        )
        return msgspec.structs.replace(work, follow=lambda: self._follow(work))

    def _run(self, chosen: Sequence[Job], work: Work, *, patient: bool) -> Summary:
        summary = Summary(complete_until_ms=work.moment.complete_ms)
        for job in chosen:
            moment = Moment(work.moment.now_ms, summary.complete_until_ms)
            now = msgspec.structs.replace(work, moment=moment)
            self._add(summary, job, self._one(job, now, patient=patient))
        summary.seconds = (self._clock.now_ms() - work.moment.now_ms) / 1000
        return summary

    def _one(self, job: Job, work: Work, *, patient: bool) -> Outcome:
        """Run a job for whatever is due by now; one that finds nothing to do is not claimed at all."""
        if job.when is None and job.owed is None:
            return self._ingest(job, work, patient=patient)
        if job.owed is not None and not job.owed(work):
            return Outcome()
        return self._claimed(job, work, slot_of(work.moment.now_ms), redo=True, patient=patient)

    def _follow(self, work: Work) -> dict[str, str]:
        """Compute all figures that follow from the raw lake; return what went wrong, or is held by others for too long."""
        undone: dict[str, str] = {}
        again = msgspec.structs.replace(work, span=Span(work.span.from_ms, work.span.to_ms, again=True))
        for job in self._table:
            if job.name != INGEST and not job.upkeep:
                outcome = self._one(job, again, patient=True)
                undone |= {f"{job.name}:{slot}": "held by another" for slot in outcome.held_by_others}
                undone |= {f"{job.name}:{slot}": words for slot, words in outcome.failed.items()}
        return undone

    def _ingest(self, job: Job, work: Work, *, patient: bool) -> Outcome:
        """Ingest what is due; where patient, look again until nobody holds a slot that is due."""
        began_ms = self._clock.now_ms()
        whole = job.run(work)
        for _ in self._patience(patient=patient):
            if not whole.held_by_others:
                break
            again = job.run(msgspec.structs.replace(work, span=Span(work.span.from_ms, work.span.to_ms)))
            whole = msgspec.structs.replace(
                again,
                slots=whole.slots + again.slots,
                rows=whole.rows + again.rows,
                unreadable=whole.unreadable + again.unreadable,
                newest_ms=max(whole.newest_ms, again.newest_ms),
            )
        self._metrics.timing("pipeline.job_ms", self._clock.now_ms() - began_ms)
        return whole

    def _due(self, job: Job, database: Database[dict[str, Any]]) -> list[str]:
        """Name the slots that the clock has made due and nobody has done; none from before the job's first."""
        if job.when is None:
            return []
        slots = job.when.slots(self._clock.now_ms())
        states = JobRuns(database).states(job.name, slots)
        first = next((place for place, slot in enumerate(slots) if slot in states), len(slots) - 1)
        return [slot for slot in slots[first:] if states.get(slot) != "done"]

    def _claimed(self, job: Job, work: Work, slot: str, *, redo: bool, patient: bool) -> Outcome:
        """Run a job under the claim on one slot, one runner at a time."""
        runs = JobRuns(work.database)
        rest = 0.0 if redo else REST_SECONDS
        fence = runs.claim(job.name, slot, work.owner, work.lease_seconds, redo=redo, rest_seconds=rest)
        for _ in self._patience(patient=patient):
            if fence is not None:
                break
            fence = runs.claim(job.name, slot, work.owner, work.lease_seconds, redo=redo)
        if fence is None:
            return Outcome(held_by_others=[slot])
        claim = Claim(runs=runs, job=job.name, slot=slot, fence=fence)
        began_ms = self._clock.now_ms()
        try:
            with claim.kept(work.lease_seconds):
                outcome: Outcome = retrying(ATTEMPTS, sleep=self._pause)(job.run, work)
        except Exception as error:  # noqa: BLE001 - one job's fault is told and retried; the others go on
            claim.fail(error)
            return Outcome(failed={slot: f"{type(error).__name__}: {error}"})
        finally:
            self._metrics.timing("pipeline.job_ms", self._clock.now_ms() - began_ms)
        if outcome.failed and job.when is not None:
            claim.fail("; ".join(f"{part}: {words}" for part, words in outcome.failed.items()))
        else:
            claim.finish({"slots": outcome.slots, "rows": outcome.rows, **outcome.told})
        return outcome

    def _patience(self, *, patient: bool) -> Iterator[None]:
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
        for name, value in outcome.gauges.items():
            self._metrics.gauge(name, value)
        summary.waiting.extend(f"{job.name}:{slot}" for slot in outcome.held_by_others)
        if job.name != INGEST:
            summary.rows[job.name] = summary.rows.get(job.name, 0) + outcome.rows
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
