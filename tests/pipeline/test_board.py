"""Where staff and scheduler meet: a request written by one is run by the other, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from conf.clock import utc
from conf.metrics import NullMetrics
from pipeline import jobs
from pipeline.board import TELL_EVERY_MS, Board
from pipeline.compute import Compute
from pipeline.place import Place
from pipeline.runner import Pipeline
from pipeline.scheduler import Scheduler
from store.documents import JobRequest
from store.encoding import to_document
from store.ids import new_id
from store.job_board import LOST
from tests.factories.events import MINUTE, START, a_history
from tests.fakes.clock import ManualClock
from tests.pipeline.stored import keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START + 99 * MINUTE)


@pytest.fixture
def board(place: Place, clock: ManualClock) -> Iterator[Board]:
    made = a_board(place, clock)
    yield made
    made.close()


def a_board(place: Place, clock: ManualClock) -> Board:
    pipeline = Pipeline(place=place, tasks=Compute(), clock=clock, metrics=NullMetrics())
    return Board(place=place, pipeline=pipeline, clock=clock)


def asked(mongo: Mongo, job: str, at: datetime) -> str:
    """Ask as the API does."""
    request = JobRequest(id=new_id(at.timestamp() * 1000), job=job, asked_by="stella", asked_at=at, waiting_for=job)
    mongo["job_requests"].insert_one(to_document(request))
    return request.id


def test_the_schedule_is_told_with_every_job_and_when_it_is_due(board: Board, mongo: Mongo, clock: ManualClock) -> None:
    mongo["job_schedule"].insert_one({"_id": "a job of an older version"})
    board.look()
    told = {row["_id"]: row for row in mongo["job_schedule"].find()}
    assert set(told) == {job.name for job in jobs.TABLE}
    assert all(row["next_at"] > row["told_at"] == utc(clock.now_ms()) for row in told.values())
    clock._now_ms += TELL_EVERY_MS
    board.look()
    assert {row["told_at"] for row in mongo["job_schedule"].find()} == {utc(clock.now_ms())}


def test_what_is_asked_for_is_run_and_its_outcome_told(board: Board, mongo: Mongo, clock: ManualClock) -> None:
    keep(mongo, a_history(parties=2))
    for place, job in enumerate(jobs.TABLE):  # one after the other: they are run in that order
        asked(mongo, job.name, utc(clock.now_ms() - len(jobs.TABLE) + place))
    assert board.look() == len(jobs.TABLE)
    rows = {row["job"]: row for row in mongo["job_requests"].find()}
    assert {row["state"] for row in rows.values()} == {"done"}
    assert rows["ingest"]["outcome"]["rows"] > 0
    assert rows["finals"]["outcome"]["rows"] > 0
    assert rows["canary"]["outcome"]["rows"] == 1, "what goes by the clock can be asked for, too"
    assert all(row["waiting_for"] is None and row["expires_at"] is not None for row in rows.values())
    assert any(name.startswith("party_report:") for name in published(mongo))
    assert board.look() == 0


def test_a_job_that_there_is_not_fails_with_the_names_of_those_that_are(
    board: Board, mongo: Mongo, clock: ManualClock
) -> None:
    asked(mongo, "no-such-job", utc(clock.now_ms()))
    assert board.look() == 1
    (row,) = mongo["job_requests"].find()
    assert row["state"] == "failed"
    assert "finals" in row["error"]


def test_of_several_schedulers_one_runs_it(place: Place, mongo: Mongo, clock: ManualClock) -> None:
    for _ in range(3):
        asked_at = utc(clock.now_ms())
        request = asked(mongo, "finals", asked_at)
        boards = [a_board(place, clock) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            ran = list(threads.map(Board.look, boards))
        for one in boards:
            one.close()
        assert sum(ran) == 1
        row = mongo["job_requests"].find_one({"_id": request})
        assert row is not None
        assert row["state"] == "done"


def test_what_a_scheduler_took_up_before_it_died_is_taken_up_again(
    board: Board, mongo: Mongo, clock: ManualClock
) -> None:
    asked(mongo, "ingest", utc(clock.now_ms()))
    started = utc(clock.now_ms()) - LOST + timedelta(seconds=1)
    mongo["job_requests"].update_one({}, {"$set": {"state": "running", "owner": "dead", "started_at": started}})
    assert board.look() == 0
    clock._now_ms += 1000
    assert board.look() == 1
    (row,) = mongo["job_requests"].find()
    assert row["state"] == "done"


def test_the_scheduler_looks_at_the_board_and_says_where_it_cannot(
    place: Place, mongo: Mongo, clock: ManualClock, logs: Any
) -> None:
    asked(mongo, "ingest", utc(clock.now_ms()))
    away = msgspec.structs.replace(place, uri="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50")
    for where, expected in ((place, 1), (away, 0)):
        pipeline = Pipeline(place=where, tasks=Compute(), clock=clock, metrics=NullMetrics())
        board = Board(place=where, pipeline=pipeline, clock=clock)
        scheduler = Scheduler(pipeline=pipeline, board=board, clock=clock, metrics=NullMetrics())
        if expected:
            assert scheduler.look() == expected
        else:
            with logs.expect("the job board cannot be read"):
                assert scheduler.look() == 0
        board.close()
