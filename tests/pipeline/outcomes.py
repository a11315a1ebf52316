"""All that the pipeline has made of a history, to be compared with what another run made of it."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec
from pymongo.database import Database

from pipeline.place import Place
from store.home_tables import HomeTables
from store.owed import Owed
from tests.pipeline.stored import published

Row = dict[str, Any]


@dataclass(frozen=True)
class Outcomes:
    """Aggregates without the times of their computing, first views, and the files that count (their names are their content)."""

    aggregates: dict[str, Row]
    first_views: list[Row]
    raw: dict[str, str | None]
    tables: dict[str, dict[str, str]]

    @property
    def digest(self) -> str:
        parts = [self.aggregates, self.first_views, self.raw, self.tables]
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]


def outcomes(database: Database[Row]) -> Outcomes:
    runs = database["job_runs"].find({"job": "ingest"}, sort=[("_id", 1)])
    return Outcomes(
        aggregates=published(database),
        first_views=list(database["first_views"].find(sort=[("_id", 1)])),
        raw={run["slot"]: run["outcome"]["file"] for run in runs},
        tables={home: dict(files) for home, files in HomeTables(database).all().items()},
    )


def nothing_is_left(database: Database[Row]) -> None:
    """Make sure that nobody owes anything, and nobody holds a slot."""
    debts = Owed(database)
    assert (debts.to("days"), debts.to("party_report"), debts.announced()) == ([], [], [])
    runs = list(database["job_runs"].find({}, {"state": 1, "outcome.owed": 1}))
    assert {run["state"] for run in runs} == {"done"}
    assert [run["_id"] for run in runs if run["outcome"].get("owed")] == []


def nothing_is_doubled_or_lost(database: Database[Row], place: Place) -> None:
    """Make sure that the raw files that count hold each event as often as MongoDB does, and of the rest there are none."""
    lake, found = place.open_lake(), Counter[str]()
    files = {file for file in outcomes(database).raw.values() if file}
    for file in files:
        found.update(lake.read_raw(file, ["event_id"]).column("event_id").to_pylist())
    days = [name for name in database.list_collection_names() if name.startswith("events_2")]
    expected = Counter(row["_id"] for day in days for row in database[day].find({}, {"_id": 1}))
    for commit in database["party_log"].find({}, {"events.event_id": 1}):
        expected.update(event["event_id"] for event in commit["events"])
    assert found == expected
    assert set(lake.raw_names()) == files, "nothing else is left to be read"
