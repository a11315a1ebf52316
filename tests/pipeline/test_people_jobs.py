"""Jobs that tell of the whole platform, over a made-up fortnight whose answers are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from matinee.generator import History, history, write_lake
from matinee.generator.answers import DayAnswers
from matinee.mongod import EmbeddedMongod
from pipeline.compute import Compute
from pipeline.jobs import anomalies, leaderboards, people, relative_retention
from pipeline.jobs.job import Outcome, Span, Work
from pipeline.place import Place
from pipeline.slots import DAY_MS, Moment, day_of
from store.blocking import connect_blocking
from store.indexes import INDEXES
from store.owed import Owed
from store.pseudonyms import Pseudonyms
from tests.pipeline.stored import LAKE_KEY, a_pipeline, a_place, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
DAYS = 15
FAMILIES = ("people_day", "leaderboard", "relative_retention", "anomalies")


@pytest.fixture(scope="module")
def made() -> History:
    return history(seed=8, days=DAYS, events=15_000)


@pytest.fixture(scope="module")
def ends(made: History) -> int:
    return made.wishes.span[1]


@pytest.fixture(scope="module")
def place(
    mongod: EmbeddedMongod, made: History, ends: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Give the tables and days of the history; whoever runs a job here adds only rows of its own."""
    place = a_place(mongod.uri, "matinee_people_jobs", tmp_path_factory.mktemp("lake"))
    mongod.grant(place.database)
    database = connect_blocking(place.uri, place.database)
    for name, models in INDEXES.items():
        database[name].create_indexes(models)
    write_lake(place.open_lake(), made, manifest=database, minutes=1_440, pseudonym=Pseudonyms(LAKE_KEY).of)
    for job in ("partials", "finals"):
        assert a_pipeline(place, now_ms=float(ends)).run(job=job).failed == {}
    yield place
    database.client.drop_database(place.database)
    database.client.close()


@pytest.fixture
def mongo(place: Place) -> Iterator[Mongo]:
    with place.connected() as database:
        database["aggregates"].delete_many({"family": {"$in": [*FAMILIES]}})
        database["job_runs"].delete_many({"job": "steps"})
        yield database


def work_of(place: Place, database: Mongo, now_ms: float, *, again: bool = False) -> Work:
    span = Span(0 if again else int(now_ms), int(now_ms), again=again)
    return Work(
        database=database,
        place=place,
        tasks=Compute(),
        span=span,
        moment=Moment(int(now_ms), int(now_ms)),
        owner="test",
        lease_seconds=30.0,
        progress=lambda _: None,
    )


def rows_of(database: Mongo, family: str) -> dict[str, dict[str, Any]]:
    found = {row["window"]: row for row in published(database).values() if row["family"] == family}
    for row in found.values():
        row.pop("provisional")
    return found


def test_users_of_each_day_are_those_that_the_history_knows(
    place: Place, mongo: Mongo, made: History, ends: int
) -> None:
    outcome = people.run(work_of(place, mongo, ends + DAY_MS))
    found = rows_of(mongo, "people_day")
    assert outcome.rows == len(found) >= DAYS
    for day, truth in _over(made, ends).items():
        sums = found[day]["values"]["sums"]
        assert (sums["dau"], sums["registered"]) == (truth.active_users, truth.registered), day
    lists = found[day_of(ends - 1)]["values"]["lists"]
    assert sum(lists["active_days"]) == found[day_of(ends - 1)]["values"]["sums"]["mau"]
    steps = [sum(people) for people in zip(*(one["reached"] for one in lists["funnel_days"]), strict=True)]
    assert steps[0] == lists["funnel"][0]["people"] == sum(truth.registered for truth in _over(made, ends).values())
    assert steps == sorted(steps, reverse=True)
    assert steps[2] > 0, "somebody has verified and joined a party after it"


def test_day_by_day_ends_as_all_at_once(place: Place, mongo: Mongo, ends: int) -> None:
    whole = people.run(work_of(place, mongo, ends, again=True)).rows
    at_once = rows_of(mongo, "people_day")
    mongo["aggregates"].delete_many({"family": "people_day"})
    mongo["job_runs"].delete_many({"job": "steps"})
    for now_ms in range(ends - 5 * DAY_MS, ends + 1, DAY_MS):
        people.run(work_of(place, mongo, now_ms))
    assert rows_of(mongo, "people_day") == at_once
    assert whole >= DAYS
    before = published(mongo)
    assert people.run(work_of(place, mongo, ends)).rows == 0, "nothing has changed"
    assert published(mongo) == before


def test_a_day_that_is_owed_is_computed_again_with_those_after_it(place: Place, mongo: Mongo, ends: int) -> None:
    people.run(work_of(place, mongo, ends))
    early = day_of(ends - 11 * DAY_MS)
    before = rows_of(mongo, "people_day")
    mongo["aggregates"].update_many(
        {"family": "people_day", "window": {"$gte": early}}, {"$set": {"values": {}, "digest": "old"}}
    )
    people.run(work_of(place, mongo, ends))
    assert rows_of(mongo, "people_day") != before, "nobody has said that something changed so long ago"
    Owed(mongo).owe("people", [early])
    people.run(work_of(place, mongo, ends))
    assert rows_of(mongo, "people_day") == before
    assert not Owed(mongo).any("people")


def test_who_leads_is_known_of_each_day(place: Place, mongo: Mongo, made: History, ends: int) -> None:
    leaderboards.run(work_of(place, mongo, ends))
    found = rows_of(mongo, "leaderboard")
    platform = rows_of(mongo, "platform_day")
    for day in _over(made, ends):
        lists = found[day]["values"]["lists"]
        ranked = sum(one["watch_ms"] for one in lists["videos_1d"]) + lists["videos_unnamed_1d"]["watch_ms"]
        assert ranked <= platform[day]["values"]["sums"]["watch_ms"] if day in platform else ranked == 0
        assert all(one["viewers"] >= 10 for one in (*lists["videos"], *lists["hosts"]))
    assert found[day_of(ends - 1)]["values"]["lists"]["videos"]
    assert leaderboards.run(work_of(place, mongo, ends)).rows == 0


def test_videos_with_enough_views_have_their_moments_and_few_have_peers(place: Place, mongo: Mongo, ends: int) -> None:
    outcome = relative_retention.run(work_of(place, mongo, ends))
    found = [row["values"] for row in published(mongo).values() if row["family"] == "relative_retention"]
    assert outcome.rows == len(found) > 0
    for values in found:
        ranks = values["lists"]["relative_retention"]
        assert (ranks is None) == (values["sums"]["peers"] < 30)
        assert set(values["lists"]["key_moments"]) == {"intro", "spikes", "dips", "flat"}
    mongo["aggregates"].insert_one(
        {"_id": "relative_retention:video:gone:all", "family": "relative_retention", "window": "all", "digest": ""}
    )
    assert relative_retention.run(work_of(place, mongo, ends)).rows == 1, "a video that is gone has no row"


def test_a_day_without_views_is_listed_once_there_is_history(
    place: Place, mongo: Mongo, made: History, ends: int
) -> None:
    people.run(work_of(place, mongo, ends))
    anomalies.run(work_of(place, mongo, ends))
    found = rows_of(mongo, "anomalies")
    assert set(found) >= set(_over(made, ends))
    assert all(not row["values"]["lists"]["anomalies"] for row in found.values()), "two weeks are not eight"
    usual = max(
        (row["values"] for row in rows_of(mongo, "platform_day").values()), key=lambda one: one["sums"]["views"]
    )
    usual["sums"] = {name: 100 * value for name, value in usual["sums"].items()}
    quiet = {**usual, "sums": {**usual["sums"], "views": 0, "watch_ms": 0}}
    day = ends // DAY_MS
    table = anomalies.daily({day: quiet, **{day - 7 * back: usual for back in range(1, 9)}}, {}, day)
    listed = {one["metric"]: one for one in anomalies.values(table, day)["lists"]["anomalies"]}
    for name in ("views", "watch_time_ms"):
        assert (listed[name]["direction"], listed[name]["change"], listed[name]["day"]) == ("down", -1.0, day_of(ends))


def _over(made: History, ends: int) -> dict[str, DayAnswers]:
    """Take the answers of the days that are over when the history ends."""
    return {day: truth for day, truth in made.answers.days.items() if day < day_of(ends)}


def test_with_nothing_there_is_nothing_to_tell(mongod: EmbeddedMongod, database: str, tmp_path: Path) -> None:
    place = a_place(mongod.uri, database, tmp_path)
    with place.connected() as opened:
        for job in (people, leaderboards, relative_retention, anomalies):
            outcome: Outcome = job.run(work_of(place, opened, 1_795_392_000_000))
            assert outcome.rows == 0
        assert published(opened) == {}
