"""What goes by the time of day: each slot once, missed ones found again, faults tried again ever more rarely and told."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from conf.metrics import NullMetrics
from pipeline.board import Board
from pipeline.compute import Compute
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.lake import LakeError
from pipeline.place import Place
from pipeline.runner import ATTEMPTS, Pipeline
from pipeline.schedule import HOUR, Schedule
from pipeline.scheduler import SETTLING_MS, Scheduler
from store.job_runs import JobRuns
from tests.factories.events import MINUTE, START
from tests.fakes.clock import ManualClock
from tests.fakes.metrics import RecordingMetrics
from tests.pipeline.waiting import until

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
NAME = "counted"
NOON_MS = START + 12 * 60 * MINUTE + 30_000


def a_job(run: Callable[[Work], Outcome], when: Schedule | None, name: str = NAME) -> Job:
    return Job(name=name, when=when, inputs=(), outputs=(), meaning="Counts.", run=run, owed=None if when else _always)


def _always(_: Work) -> bool:
    return True


def a_pipeline(
    place: Place, now_ms: float = NOON_MS, metrics: RecordingMetrics | None = None, **given: Any
) -> Pipeline:
    return Pipeline(
        place=place,
        tasks=Compute(),
        clock=ManualClock(now_ms),
        metrics=metrics or NullMetrics(),
        pause=lambda _: None,
        **given,
    )


class Counting:
    """A job that is due each hour, the only one of its table; keeps the moments of its runs."""

    def __init__(self) -> None:
        self.moments: list[int] = []
        self.table = (a_job(self.run, Schedule(every=HOUR)),)

    def run(self, work: Work) -> Outcome:
        self.moments.append(work.moment.now_ms)
        return Outcome(slots=1, rows=5, gauges={"pipeline.canary_ok": 1.0}, told={"found": "a word"})


def test_a_slot_is_run_once_and_the_next_one_when_it_is_due(place: Place, mongo: Mongo) -> None:
    metrics, table = RecordingMetrics(), Counting().table
    summary = a_pipeline(place, metrics=metrics, table=table).run_due()
    assert (summary.rows, summary.failed, summary.waiting) == ({NAME: 5}, {}, [])
    assert metrics.gauges == {"pipeline.canary_ok": 1.0}
    for later in (0, MINUTE, 29 * MINUTE):
        assert a_pipeline(place, NOON_MS + later, table=table).run_due().rows == {}
    assert a_pipeline(place, NOON_MS + 60 * MINUTE, table=table).run_due().rows == {NAME: 5}
    runs = JobRuns(mongo).latest(NAME, 5)
    assert [run.slot for run in runs] == ["2026-11-23T13:00", "2026-11-23T12:00"]
    assert [(run.state, run.fence, run.attempts) for run in runs] == [("done", 1, 1)] * 2
    assert runs[0].outcome == {"slots": 1, "rows": 5, "found": "a word"}


def test_of_missed_slots_the_latest_is_done_or_each_where_each_counts(place: Place, mongo: Mongo) -> None:
    counting = Counting()
    a_pipeline(place, table=counting.table).run_due()
    later_ms = NOON_MS + 5 * 60 * MINUTE
    a_pipeline(place, later_ms, table=counting.table).run_due()
    assert [run.slot[11:] for run in JobRuns(mongo).latest(NAME, 9)] == ["17:00", "12:00"]
    each = (a_job(counting.run, Schedule(every=HOUR, missed="each")),)
    a_pipeline(place, later_ms + 120 * MINUTE, table=each).run_due()
    hours = [run.slot[11:13] for run in JobRuns(mongo).latest(NAME, 20)]
    assert hours == ["19", "18", "17", "16", "15", "14", "13", "12"], "and none from before there was the job"
    assert len(counting.moments) == 8


def test_a_fault_that_passes_is_tried_again_at_once(place: Place, mongo: Mongo) -> None:
    attempts = []

    def run(_: Work) -> Outcome:
        attempts.append(1)
        if len(attempts) < ATTEMPTS:
            raise LakeError("a file is just being replaced")
        return Outcome(rows=1)

    table = (a_job(run, Schedule(every=HOUR)),)
    assert a_pipeline(place, table=table).run_due().failed == {}
    assert len(attempts) == ATTEMPTS
    assert JobRuns(mongo).latest(NAME, 1)[0].attempts == 1


@pytest.mark.parametrize("how", ["raises", "tells"])
def test_what_goes_wrong_is_marked_told_and_left_alone_for_ever_longer(
    place: Place, mongo: Mongo, logs: Any, how: str
) -> None:
    tried = []

    def run(_: Work) -> Outcome:
        tried.append(1)
        if how == "raises":
            raise ValueError("no such thing")
        return Outcome(failed={"2026-11-23T14": "no such thing"})

    table = (a_job(run, Schedule(every=HOUR)),)
    metrics = RecordingMetrics()
    with logs.expect("job failed"):
        summary = a_pipeline(place, metrics=metrics, table=table).run_due()
    assert [words.removeprefix("ValueError: ") for words in summary.failed.values()] == ["no such thing"]
    assert metrics.counts["pipeline.job_failed"] == 1
    state = JobRuns(mongo).latest(NAME, 1)[0]
    assert (state.state, state.attempts) == ("failed", 1)
    assert "no such thing" in (state.error or "")
    assert a_pipeline(place, table=table).run_due().failed == {}, "it rests"
    assert len(tried) == 1
    for attempt, rest in ((2, 60), (3, 120), (4, 240)):
        for seconds, expected in ((rest - 20, attempt - 1), (rest + 20, attempt)):
            past = JobRuns(mongo).latest(NAME, 1)[0].finished_at
            assert past is not None
            mongo["job_runs"].update_one(
                {"job": NAME}, {"$set": {"finished_at": now(mongo) - timedelta(seconds=seconds)}}
            )
            logs.allow("job failed")
            a_pipeline(place, table=table).run_due()
            assert len(tried) == expected


def now(mongo: Mongo) -> Any:
    return mongo.command("hello")["localTime"]


def test_who_was_overtaken_cannot_finish(place: Place, mongo: Mongo) -> None:
    slot = "2026-11-23T12:00"

    def run(_: Work) -> Outcome:
        mongo["job_runs"].update_one({"slot": slot}, {"$set": {"lease_until": now(mongo) - timedelta(seconds=1)}})
        assert JobRuns(mongo).claim(NAME, slot, "another", 30.0) == 2
        return Outcome(rows=1)

    a_pipeline(place, table=(a_job(run, Schedule(every=HOUR)),)).run_due()
    run_ = JobRuns(mongo).latest(NAME, 1)[0]
    assert (run_.state, run_.owner, run_.fence) == ("claimed", "another", 2)


def test_what_is_named_runs_whenever_it_is_asked_for_and_upkeep_only_so(place: Place, mongo: Mongo) -> None:
    names: list[str] = []

    def a(name: str, *, upkeep: bool) -> Job:
        def run(_: Work) -> Outcome:
            names.append(name)
            return Outcome()

        meaning = "Says its name."
        return Job(
            name=name, when=Schedule(), inputs=(), outputs=(), meaning=meaning, run=run, upkeep=upkeep
        )  # fmt: skip

    pipeline = a_pipeline(place, table=(a("figures", upkeep=False), a("upkeep", upkeep=True)))
    pipeline.run()
    assert names == ["figures"]
    pipeline.run(job="upkeep")
    pipeline.run(job="upkeep")
    assert names == ["figures", "upkeep", "upkeep"]


def a_scheduler(place: Place, clock: ManualClock, table: Any) -> Scheduler:
    pipeline = Pipeline(place=place, tasks=Compute(), clock=clock, metrics=NullMetrics(), table=table)
    board = Board(place=place, pipeline=pipeline, clock=clock)
    return Scheduler(pipeline=pipeline, board=board, clock=clock, metrics=NullMetrics())


def test_a_round_looks_once_a_minute(place: Place, mongo: Mongo) -> None:
    clock, counting = ManualClock(NOON_MS), Counting()
    scheduler = a_scheduler(place, clock, counting.table)
    assert scheduler.round() is not None
    assert scheduler.round() is None
    clock._now_ms = NOON_MS + MINUTE
    assert scheduler.round() is not None
    assert len(counting.moments) == 1


def test_upkeep_that_was_missed_waits_until_a_scheduler_has_settled(place: Place, mongo: Mongo) -> None:
    names: list[str] = []

    def upkeep(_: Work) -> Outcome:
        names.append("upkeep")
        return Outcome()

    def figures(_: Work) -> Outcome:
        names.append("figures")
        return Outcome()

    first = a_job(upkeep, Schedule(), "upkeep")
    table = (msgspec.structs.replace(first, upkeep=True), a_job(figures, Schedule(), "figures"))
    clock = ManualClock(NOON_MS)
    scheduler = a_scheduler(place, clock, table)
    scheduler.round()
    assert names == ["figures"]
    clock._now_ms = NOON_MS + SETTLING_MS
    scheduler.round()
    assert names == ["figures", "upkeep"]


def test_what_takes_long_by_the_clock_holds_up_no_minute(place: Place, mongo: Mongo) -> None:
    going, go_on, minutes = threading.Event(), threading.Event(), []

    def long(_: Work) -> Outcome:
        going.set()
        assert go_on.wait(60)
        return Outcome()

    def minute(_: Work) -> Outcome:
        minutes.append(going.is_set())
        return Outcome()

    table = (a_job(minute, None, "minute"), a_job(long, Schedule(every=HOUR), "long"))
    clock, stop = ManualClock(NOON_MS), threading.Event()
    scheduler = a_scheduler(place, clock, table)
    thread = threading.Thread(target=scheduler.serve, args=(stop,))
    thread.start()
    assert going.wait(60)
    clock._now_ms = NOON_MS + MINUTE
    until(lambda: True in minutes)
    assert not go_on.is_set()
    go_on.set()
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert JobRuns(mongo).latest("long", 1)[0].state == "done"


def test_what_no_attempt_can_mend_ends_the_scheduler_so_that_it_is_started_anew(place: Place, mongo: Mongo) -> None:
    scheduler = a_scheduler(place, ManualClock(NOON_MS), table=None)
    with pytest.raises(TypeError):
        scheduler.serve(threading.Event())
