"""Logs of parties that are over are archived once the lake has all of them, and the figures stay what they are."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline.jobs import TABLE
from pipeline.jobs.archive import AFTER
from pipeline.place import Place
from pipeline.source import Source
from pipeline.taking import take
from store.party_archiving import PartyArchiver
from store.pseudonyms import Pseudonyms
from tests.factories.events import History, a_history
from tests.pipeline.stored import LATER_MS, a_pipeline, a_place, keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
A_WEEK_LATER_MS = LATER_MS + AFTER.total_seconds() * 1000


@pytest.fixture
def history(mongo: Mongo) -> History:
    history = a_history(parties=3)
    keep(mongo, history)
    for number, (party_id, answers) in enumerate(history.answers.items()):
        ended = utc(answers.live[1]) if party_id != "party002" else None
        mongo["parties"].insert_one({"_id": party_id, "code": f"c{number}", "ended_at": ended})
    return history


def logged(mongo: Mongo) -> dict[str, int]:
    return {
        row["_id"]: row["n"]
        for row in mongo["party_log"].aggregate([{"$group": {"_id": "$party_id", "n": {"$sum": 1}}}])
    }


def test_what_is_over_for_a_week_is_packed_and_the_rest_stays(place: Place, mongo: Mongo, history: History) -> None:
    before = logged(mongo)
    assert a_pipeline(place).run().rows["archive"] == 0
    assert logged(mongo) == before
    for job in (job.name for job in TABLE if not job.upkeep and job.name != "archive"):
        a_pipeline(place, now_ms=A_WEEK_LATER_MS).run(job=job)
    figures = published(mongo)
    summary = a_pipeline(place, now_ms=A_WEEK_LATER_MS).run()
    assert summary.failed == {}
    assert summary.rows["archive"] == sum(before[party] - 2 for party in ("party000", "party001"))
    assert logged(mongo) == {"party000": 2, "party001": 2, "party002": before["party002"]}
    again = a_pipeline(place, now_ms=A_WEEK_LATER_MS).run()
    assert (again.slots, again.rows["archive"]) == (0, 0)
    again = a_pipeline(place, now_ms=A_WEEK_LATER_MS).run(frm=utc(0))  # of all that is there, once more
    assert again.failed == {}
    assert {name: row["values"] for name, row in published(mongo).items()} == {
        name: row["values"] for name, row in figures.items()
    }


def test_a_party_of_which_the_lake_lacks_something_waits(place: Place, mongo: Mongo, history: History) -> None:
    assert a_pipeline(place, now_ms=A_WEEK_LATER_MS).run(job="archive").rows["archive"] == 0
    assert all(n > 2 for n in logged(mongo).values())
    a_pipeline(place, now_ms=A_WEEK_LATER_MS).run(job="ingest")
    assert a_pipeline(place, now_ms=A_WEEK_LATER_MS).run(job="archive").rows["archive"] > 0
    assert logged(mongo)["party000"] == 2


def test_a_lake_that_was_lost_is_rebuilt_from_what_is_archived(
    place: Place, mongo: Mongo, history: History, tmp_path: Path
) -> None:
    a_pipeline(place, now_ms=A_WEEK_LATER_MS).run()
    assert logged(mongo)["party000"] == 2
    figures = published(mongo)
    for name in ("job_runs", "aggregates"):
        mongo[name].delete_many({})
    elsewhere = a_place(place.uri, place.database, tmp_path / "another lake")
    summary = a_pipeline(elsewhere, now_ms=A_WEEK_LATER_MS).run(frm=utc(0))
    assert summary.failed == {}
    assert {name: row["values"] for name, row in published(mongo).items()} == {
        name: row["values"] for name, row in figures.items()
    }


def test_what_is_on_its_way_into_the_archive_is_counted_and_taken_once(
    place: Place, mongo: Mongo, history: History
) -> None:
    source, end_ms = Source(database=mongo), round(A_WEEK_LATER_MS)
    counts = source.counts(0, end_ms)
    before = take(mongo, Pseudonyms(place.lake_key), 0, end_ms)
    assert {slot: taken.counted for slot, taken in before.items()} == counts
    PartyArchiver(mongo).move("party000")
    blocks = list(mongo["party_archive"].find())
    mongo["party_log"].insert_many([c for c in history.commits if c["party_id"] == "party000"][5:9])  # not out yet
    assert blocks
    assert source.counts(0, end_ms) == counts
    after = take(mongo, Pseudonyms(place.lake_key), 0, end_ms)
    assert {slot: taken.counted for slot, taken in after.items()} == counts
    assert all(after[slot].events.equals(taken.events) for slot, taken in before.items())
