"""What is done again changes nothing, and what comes in pieces, late, shuffled or twice ends as one run over all of it."""

import os
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from conf.clock import utc
from matinee.mongod import EmbeddedMongod
from pipeline.lake import TABLES
from pipeline.place import Place
from store.blocking import connect_blocking
from tests.factories.events import MINUTE, START, History, a_history
from tests.pipeline.outcomes import Outcomes, nothing_is_doubled_or_lost, nothing_is_left, outcomes
from tests.pipeline.stored import LATER_MS, a_pipeline, keep

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
Row = dict[str, Any]
DAY_MS = 86_400_000
LAST_MS = START + 6.5 * DAY_MS
"""Before anything is old enough to leave MongoDB."""
SEED = int(os.environ.get("MATINEE_SEED") or random.SystemRandom().randrange(10**6))


def stored_bytes(mongo: Mongo) -> dict[str, bytes]:
    """Read all rows as they lie in MongoDB, with the times at which they were computed."""
    rows = mongo["aggregates"].with_options(mongo.codec_options.with_options(document_class=RawBSONDocument))
    return {row["_id"]: row.raw for row in rows.find(sort=[("_id", 1)])}


def stored_files(place: Place) -> dict[str, tuple[int, int]]:
    """Find all files of the lake, each with its number on the disk and the time of its writing."""
    found = {path: path.stat() for path in Path(place.lake).rglob("*.parquet")}
    return {str(path): (told.st_ino, told.st_mtime_ns) for path, told in found.items()}


@pytest.mark.parametrize(
    ("frm", "to"),
    [
        (utc(START - DAY_MS), None),
        (utc(START + 2 * MINUTE), utc(START + 9 * MINUTE)),
        (None, utc(START + 12 * MINUTE)),
        (utc(START + DAY_MS - MINUTE), utc(START + DAY_MS + MINUTE)),
    ],
    ids=["everything", "some minutes", "the beginning", "across midnight"],
)
def test_a_replay_of_any_range_gives_the_same_bytes(
    frm: datetime | None, to: datetime | None, place: Place, mongo: Mongo
) -> None:
    keep(mongo, a_history(seed=9))
    a_pipeline(
        place, now_ms=LATER_MS + 10 * MINUTE
    ).run()  # after midnight: the figures of people are those of whole days
    rows, files, expected = stored_bytes(mongo), stored_files(place), outcomes(mongo)
    again = a_pipeline(place, now_ms=LATER_MS + 20 * MINUTE).run(frm=frm, to=to)
    assert again.slots > 0
    assert again.rows["partials"] > 0
    assert again.rows["finals"] == 0, "no row differs"
    assert stored_bytes(mongo) == rows
    assert stored_files(place) == files, "not one was written again"
    assert outcomes(mongo) == expected


def test_tables_that_are_made_from_nothing_are_the_same_bytes(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history(seed=10))
    a_pipeline(place).run()
    before = outcomes(mongo)
    for name in ("job_runs", "aggregates", "first_views", "owed"):
        mongo[name].delete_many({})
    anew = msgspec.structs.replace(place, lake=f"{place.lake}-anew")
    a_pipeline(anew).run()
    assert outcomes(mongo) == before
    files = [str(path.relative_to(place.lake)) for path in Path(place.lake).rglob(f"{TABLES}/**/*.parquet")]
    assert files
    assert all((Path(place.lake) / file).read_bytes() == (Path(anew.lake) / file).read_bytes() for file in files)


def in_pieces(history: History, chance: random.Random, pieces: int) -> list[History]:
    """Give all documents to runs by chance: in no order, some of them days late, some a second time on a later day."""
    twice = [
        {**one, "received_ms": one["received_ms"] + chance.randint(1, 5) * DAY_MS}
        for one in history.telemetry
        if chance.random() < 0.05
    ]
    parts = [History() for _ in range(pieces)]
    for one in [*history.telemetry, *twice]:
        parts[chance.randrange(pieces)].telemetry.append(one)
    for commit in history.commits:
        parts[chance.randrange(pieces)].commits.append(commit)
    return parts


def whole(mongod: EmbeddedMongod, place: Place, mongo: Mongo) -> Outcomes:
    """Make with one run in a database and a lake of its own what it makes of the documents that `mongo` has by now."""
    other = msgspec.structs.replace(place, database=f"{place.database}_whole", lake=f"{place.lake}-whole")
    mongod.grant(other.database)
    database = connect_blocking(other.uri, other.database)
    for name in mongo.list_collection_names():
        if name == "party_log" or name.startswith("events_2"):
            database[name].insert_many(list(mongo[name].find()))
    a_pipeline(other, now_ms=LAST_MS).run()
    found = outcomes(database)
    database.client.drop_database(other.database)
    database.client.close()
    return found


@pytest.mark.parametrize(
    "size",
    [(4, 6, 5), *(pytest.param((8, 20, 12), marks=[pytest.mark.long, pytest.mark.drill]) for _ in range(10))],
)
def test_small_runs_over_shuffled_late_and_doubled_events_end_as_one_over_all(
    size: tuple[int, int, int], request: pytest.FixtureRequest, mongod: EmbeddedMongod, place: Place, mongo: Mongo
) -> None:
    parties, minutes, pieces = size
    seed = f"{SEED} {request.node.name}"
    print(f"\nseed {seed}")
    chance = random.Random(seed)
    history = a_history(seed=chance.randrange(10**6), parties=parties, minutes=minutes, late=0.1)
    for number, part in enumerate(in_pieces(history, chance, pieces), start=1):
        keep(mongo, part)
        summary = a_pipeline(place, now_ms=LAST_MS * number / pieces + START * (1 - number / pieces)).run()
        assert (summary.failed, summary.waiting) == ({}, [])
    a_pipeline(place, now_ms=LAST_MS).run()
    nothing_is_left(mongo)
    found, expected = outcomes(mongo), whole(mongod, place, mongo)
    assert found.aggregates == expected.aggregates, seed
    assert found.first_views == expected.first_views, seed
    assert found == expected, seed
    nothing_is_doubled_or_lost(mongo, place)
    events = sum(mongo[name].estimated_document_count() for name in mongo.list_collection_names() if "events_2" in name)
    print(
        f"\nin {pieces} runs as in one: {events} events, {len(found.aggregates)} rows, seed {SEED}, digest {found.digest}"
    )
