"""The loop: what is due by the clock is done within a minute or two, and told where it is not."""

import re
import threading
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from conf.metrics import NullMetrics
from pipeline import jobs
from pipeline.board import Board
from pipeline.compute import Compute
from pipeline.place import Place
from pipeline.runner import Pipeline
from pipeline.scheduler import Scheduler
from pipeline.slots import slot_of
from pipeline.status import schedule, status
from tests.factories.events import MINUTE, START, Maker, a_history
from tests.fakes.clock import ManualClock
from tests.pipeline.stored import keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]


class Counting(NullMetrics):
    """Keeps what is counted."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.gauges: dict[str, float] = {}

    def count(self, name: str, n: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + n

    def gauge(self, name: str, value: float) -> None:
        self.gauges[name] = value


def a_scheduler(place: Place, clock: ManualClock, metrics: Counting | None = None) -> Scheduler:
    metrics = metrics or Counting()
    pipeline = Pipeline(place=place, tasks=Compute(), clock=clock, metrics=metrics)
    board = Board(place=place, pipeline=pipeline, clock=clock)
    return Scheduler(pipeline=pipeline, board=board, clock=clock, metrics=metrics)


def move(clock: ManualClock, to_ms: float) -> None:
    clock._now_ms = to_ms


def test_a_report_is_there_within_two_minutes_of_a_partys_end_and_final_after_an_hour(
    place: Place, mongo: Mongo
) -> None:
    maker = Maker(4, duplicates=0, late=0)
    party = maker.party(starts=START, minutes=3, viewers=4)
    ends = START + 3 * MINUTE
    later = [one for one in maker.history.telemetry if one["received_ms"] >= ends]
    maker.history.telemetry = [one for one in maker.history.telemetry if one["received_ms"] < ends]
    keep(mongo, maker.history)
    clock = ManualClock(ends + 1)
    metrics = Counting()
    scheduler = a_scheduler(place, clock, metrics)
    scheduler.tick()
    name = f"party_report:party:{party}:all"
    move(clock, ends + 71_000)
    maker.history.telemetry, maker.history.commits = later, []
    keep(mongo, maker.history)
    scheduler.tick()
    row = published(mongo)[name]
    assert row["values"]["party"]["ended_ms"] == ends
    assert row["provisional"] is True
    assert metrics.counts["pipeline.events_processed"] > 0
    assert 0 <= metrics.gauges["pipeline.lag_ms"] < 5 * MINUTE
    assert scheduler.tick() is None, "nothing more until the next minute is over"
    move(clock, ends + 62 * MINUTE)
    scheduler.tick()
    assert published(mongo)[name]["provisional"] is False
    assert published(mongo)[f"platform_day:platform:all:{slot_of(START)[:10]}"]["provisional"] is True


def test_minutes_that_nobody_ran_and_commits_that_came_late_are_caught_up(place: Place, mongo: Mongo) -> None:
    history = a_history(parties=2)
    keep(mongo, history)
    clock = ManualClock(START + 300 * MINUTE)
    scheduler = a_scheduler(place, clock)
    first = scheduler.tick()
    assert first is not None
    assert first.events > 0
    maker = Maker(1, duplicates=0)
    maker.telemetry("reaction.sent", START, received=START + 7, party_id="party000", session_id="slow-commit")
    maker.history.telemetry[0]["_id"] = "f" * 32
    keep(mongo, maker.history)
    move(clock, START + 301 * MINUTE)
    recent = scheduler.tick()
    assert recent is not None
    assert recent.slots == 0, "a tick looks at the last quarter of an hour"
    move(clock, START + 362 * MINUTE)
    whole = scheduler.tick()
    assert whole is not None
    assert whole.slots == 1, "once an hour it looks at everything"


def test_a_database_that_is_away_is_told_and_the_loop_goes_on(place: Place, mongo: Mongo, logs: Any) -> None:
    keep(mongo, a_history(parties=2))
    away = msgspec.structs.replace(place, uri=re.sub(r"@[^/]+/", "@127.0.0.1:9/", place.uri))
    metrics = Counting()
    scheduler = a_scheduler(away, ManualClock(START + 99 * MINUTE), metrics)
    assert scheduler.rest_seconds() == 2
    with logs.expect("tick failed"):
        assert scheduler.tick() is None
    assert metrics.counts == {"pipeline.job_failed": 1}
    assert scheduler.rest_seconds() == 4, "and so on, up to a minute"


def test_it_stops_when_asked(place: Place, mongo: Mongo) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=a_scheduler(place, ManualClock(START)).serve, args=(stop,))
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_status_tells_the_last_runs_and_what_is_owed(place: Place, mongo: Mongo) -> None:
    assert {one.state for one in status(mongo)} == {"never"}
    keep(mongo, a_history(parties=2))
    a_scheduler(place, ManualClock(START + 99 * MINUTE)).tick()
    told = {one.job: one for one in status(mongo)}
    assert set(told) == {job.name for job in jobs.TABLE}
    ran = {name: one for name, one in told.items() if one.state != "never"}
    assert set(ran) == {"ingest", "partials", "finals"}, "no party is over for a week, and the clock was not looked at"
    assert all(one.state == "done" and one.owed == 0 and one.error is None for one in ran.values())
    assert ran["finals"].rows > 0


def test_the_schedule_says_when_each_job_is_due() -> None:
    planned = schedule(START + 65_000.0)
    assert [one.job for one in planned] == [job.name for job in jobs.TABLE]
    due = {one.job: f"{one.next_at:%dT%H:%M:%S}" for one in planned}
    assert due["ingest"] == due["finals"] == "23T00:01:10"
    assert due["canary"] == "23T00:15:00"
    assert due["reconcile"] == "23T00:07:00"
    assert [due[name] for name in ("erase", "compact", "expire")] == ["23T02:30:00", "23T04:30:00", "23T05:00:00"]
    assert {one.job: one.every_seconds for one in planned}["compact"] == 86_400
