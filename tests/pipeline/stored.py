"""Histories in a real MongoDB, and pipelines over it."""

from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymongo.database import Database
from pymongo.errors import BulkWriteError

from conf.metrics import Metrics, NullMetrics
from pipeline.compute import Compute
from pipeline.place import Place
from pipeline.runner import Pipeline
from store.events import collection_name
from tests.factories.events import History
from tests.fakes.clock import ManualClock

Row = dict[str, Any]
LAKE_KEY = "k" * 32
LATER_MS = 1_795_392_000_000 + 2 * 86_400_000.0
"""Two days after the histories of `tests.factories.events` begin."""


def keep(database: Database[Row], history: History) -> None:
    """Write a history as the server does: events under their own id, of which the second copy is refused."""
    days: dict[str, list[Row]] = defaultdict(list)
    for document in sorted(history.telemetry, key=lambda document: document["received_ms"]):
        days[collection_name(document["received_ms"])].append(document)
    for name, documents in days.items():
        with suppress(BulkWriteError):
            database[name].insert_many(documents, ordered=False)
    if history.commits:
        database["party_log"].insert_many(history.commits)


def a_pipeline(
    place: Place, *, now_ms: float = LATER_MS, lease_seconds: float = 30.0, metrics: Metrics | None = None
) -> Pipeline:
    return Pipeline(
        place=place,
        tasks=Compute(),
        clock=ManualClock(now_ms),
        metrics=metrics or NullMetrics(),
        lease_seconds=lease_seconds,
    )


def a_place(uri: str, database: str, lake: Path) -> Place:
    return Place(uri=uri, database=database, lake=str(lake), lake_key=LAKE_KEY)


def published(database: Database[Row]) -> dict[str, Row]:
    """Read all rows, without the times at which they were computed."""
    rows = {}
    for row in database["aggregates"].find(sort=[("_id", 1)]):
        rows[row["_id"]] = {name: value for name, value in row.items() if name not in {"computed_at", "complete_until"}}
    return rows
