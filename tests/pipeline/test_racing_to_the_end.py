"""Sixteen schedulers that each go on until nothing is held by another: what they end with is what one alone makes."""

import threading
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from pymongo.database import Database

from pipeline.place import Place
from pipeline.runner import wait
from store.home_tables import TABLES
from store.job_runs import JobRuns
from store.owed import Owed
from tests.factories.events import MINUTE, a_history
from tests.pipeline.outcomes import nothing_is_doubled_or_lost, nothing_is_left, outcomes
from tests.pipeline.stored import LATER_MS, a_pipeline, keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
RACERS = 16


def to_the_end(place: Place, now_ms: float = LATER_MS) -> None:
    """Tick as a scheduler does, until nothing is held by anybody else."""
    racer = a_pipeline(place, now_ms=now_ms)
    while (summary := racer.run_closed(None)).waiting:
        assert summary.failed == {}
        wait(0.2)  # as a scheduler rests between ticks, so that who holds something gets on
    assert summary.failed == {}


def assert_as_one_alone(place: Place, mongo: Mongo) -> None:
    """Compare with what one scheduler makes of the same documents."""
    nothing_is_left(mongo)
    nothing_is_doubled_or_lost(mongo, place)
    raced = outcomes(mongo)
    for name in ("aggregates", "first_views", "job_runs"):
        mongo[name].delete_many({})
    a_pipeline(place).run_closed(None)
    assert outcomes(mongo) == raced
    assert outcomes(mongo).digest == raced.digest


def test_sixteen_schedulers_end_as_one(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history(parties=2))
    start, faults = threading.Barrier(RACERS), []

    def race() -> None:
        start.wait()
        try:
            to_the_end(place)
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    racers = [threading.Thread(target=race) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert faults == []
    runs = list(mongo["job_runs"].find({"job": "ingest"}))
    assert {(run["state"], run["fence"], run["attempts"]) for run in runs} == {("done", 1, 1)}
    assert_as_one_alone(place, mongo)


def race_in_a_process(place: Place, number: int, start: Barrier) -> None:
    start.wait()
    # In four different minutes, so that several may be at the same homes and days under claims of their own.
    to_the_end(place, LATER_MS + number % 4 * MINUTE)


@pytest.mark.drill
@pytest.mark.long
def test_sixteen_processes_end_as_one_while_more_comes(place: Place, mongo: Mongo) -> None:
    history = a_history(seed=23, parties=6, minutes=10)
    documents = sorted([*history.telemetry, *history.commits], key=lambda one: one["received_ms"])
    processes, rounds = get_context("forkserver"), 3
    processes.set_forkserver_preload(["tests.pipeline.test_racing_to_the_end"])
    for number in range(rounds):
        part = documents[number::rounds]  # each round brings something of every minute
        history.telemetry = [one for one in part if "events" not in one]
        history.commits = [one for one in part if "events" in one]
        keep(mongo, history)
        start = processes.Barrier(RACERS)
        racers = [processes.Process(target=race_in_a_process, args=(place, racer, start)) for racer in range(RACERS)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert [racer.exitcode for racer in racers] == [0] * RACERS
        runs = list(mongo["job_runs"].find({"job": "ingest"}))
        assert {run["state"] for run in runs} == {"done"}
        assert all(run["fence"] == run["attempts"] <= number + 1 for run in runs), "once each time that something came"
    print(f"\n{RACERS} racing processes, {rounds} rounds, digest {outcomes(mongo).digest}")
    assert_as_one_alone(place, mongo)


def test_what_follows_from_tables_is_not_settled_before_they_count(place: Place, mongo: Mongo) -> None:
    """Somebody is at a home, has announced a day and stands still: whoever computes days meanwhile has not heard of it."""
    keep(mongo, a_history(parties=1))
    a_pipeline(place).run_closed(None)
    expected, row = outcomes(mongo), "platform_day:platform:all:2026-11-23"
    (home,) = expected.tables
    fence = JobRuns(mongo).claim(TABLES, home, "slow", 30, redo=True)
    assert fence is not None
    Owed(mongo).announce(home, "days", ["2026-11-23"])
    mongo["aggregates"].delete_one({"_id": row})
    assert a_pipeline(place).run_closed(None).waiting == [f"partials:{home}"]
    assert row not in published(mongo)
    run = JobRuns(mongo).by_slot(TABLES, home)
    assert run is not None
    assert JobRuns(mongo).finish(run.id, fence, run.outcome), "and dies, before what it announced falls due"
    assert a_pipeline(place).run_closed(None).waiting == []
    assert outcomes(mongo) == expected
    nothing_is_left(mongo)
