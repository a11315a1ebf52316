"""A party with a known answer goes through everything every quarter of an hour, and counts for nobody."""

from typing import Any

import pytest
from pymongo.database import Database

from pipeline.canaries import ANSWER, canary, differences
from pipeline.jobs.canary import NAME, TIME_MS
from pipeline.place import Place
from pipeline.slots import slot_of
from store.event_days import EventDays
from store.job_runs import JobRuns
from tests.factories.events import MINUTE, START
from tests.fakes.metrics import RecordingMetrics
from tests.pipeline.stored import a_pipeline, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
NOON_MS = START + 12 * 60 * MINUTE
LATER_MS = NOON_MS + 15 * MINUTE


def through(place: Place, mongo: Mongo) -> str:
    """Let a canary in, and the pipeline bring it through; name its report."""
    a_pipeline(place, now_ms=NOON_MS).run(job=NAME)
    summary = a_pipeline(place, now_ms=NOON_MS + 2 * MINUTE).run()
    assert summary.failed == {}
    return f"party_report:party:canary-{slot_of(NOON_MS)}:all"


def looked(place: Place, mongo: Mongo, now_ms: float = LATER_MS) -> tuple[dict[str, float], dict[str, Any]]:
    metrics = RecordingMetrics()
    pipeline = a_pipeline(place, now_ms=now_ms, metrics=metrics)
    assert pipeline.run(job=NAME).failed == {}
    return metrics.gauges, JobRuns(mongo).latest(NAME, 1)[0].outcome


def test_what_a_canary_is_was_worked_out_by_hand_and_its_documents_are_always_the_same() -> None:
    assert canary("x", START) == canary("x", START)
    made = canary("x", START)
    assert sum(one["fields"].get("watched_ms", 0) for one in made.telemetry) == 2 * ANSWER["watch_ms"]
    assert len(made.commit["events"]) + len(made.telemetry) == len({
        *(one["event_id"] for one in made.commit["events"]), *(one["_id"] for one in made.telemetry)
    })  # fmt: skip
    assert set(differences(None)) == set(ANSWER)
    right = {"sums": {**ANSWER}, "people": {"viewers": {"ids": [["u:a", 1], ["g:b", 1]]}}}
    assert differences(right) == {}
    assert differences({**right, "sums": {**ANSWER, "views": 3}}) == {"views": [2, 3]}


def test_a_canary_comes_back_as_it_should_and_counts_for_nobody(place: Place, mongo: Mongo) -> None:
    report = through(place, mongo)
    rows = published(mongo)
    assert set(rows) == {report}, "there is no day of a creator, a video or the platform"
    gauges, told = looked(place, mongo)
    assert told["wrong"] == {}
    assert gauges["pipeline.canary_ok"] == 1.0
    assert told["party"] != told["looked_at"], "and the next one is on its way"
    assert EventDays(mongo).days() == [slot_of(NOON_MS)[:10]]
    options = mongo.list_collections(filter={"name": "events_20261123"}).next()["options"]
    assert "clusteredIndex" in options, "a day that began with a canary is made like any other"


def test_one_that_comes_back_wrong_or_not_at_all_is_told(place: Place, mongo: Mongo, logs: Any) -> None:
    report = through(place, mongo)
    mongo["aggregates"].update_one({"_id": report}, {"$inc": {"values.sums.watch_ms": 1}})
    with logs.expect("the canary came back with other figures"):
        gauges, told = looked(place, mongo)
    assert gauges["pipeline.canary_ok"] == 0.0
    assert told["wrong"] == {"watch_ms": [25_000, 25_001]}
    mongo["aggregates"].delete_many({})
    with logs.expect("or not at all"):
        gauges, told = looked(place, mongo, LATER_MS + MINUTE)
    assert set(told["wrong"]) == set(ANSWER)


def test_one_that_is_still_on_its_way_is_left_its_time(place: Place, mongo: Mongo) -> None:
    a_pipeline(place, now_ms=NOON_MS).run(job=NAME)
    gauges, told = looked(place, mongo, NOON_MS + TIME_MS - 1)
    assert gauges == {}
    assert "wrong" not in told


def test_the_same_minute_twice_is_one_canary_and_old_reports_go(place: Place, mongo: Mongo, logs: Any) -> None:
    logs.allow("or not at all")
    report = through(place, mongo)
    a_pipeline(place, now_ms=NOON_MS + 20_000).run(job=NAME)
    assert mongo["party_log"].count_documents({}) == 1
    mongo["aggregates"].insert_one({"_id": "party_report:party:careful:all"})
    looked(place, mongo, NOON_MS + 23 * 60 * MINUTE)
    assert mongo["aggregates"].find_one({"_id": report})
    looked(place, mongo, NOON_MS + 24 * 60 * MINUTE + MINUTE)
    assert [row["_id"] for row in mongo["aggregates"].find()] == ["party_report:party:careful:all"]
