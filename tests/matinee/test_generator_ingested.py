"""A history in MongoDB, brought to the lake by the pipeline, is the lake that the generator writes itself."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from matinee.generator import history
from matinee.generator.databases import write_database
from matinee.mongod import EmbeddedMongod
from pipeline.lake import Lake
from store.blocking import connect_blocking
from store.pseudonyms import Pseudonyms
from tests.pipeline.stored import LAKE_KEY, a_pipeline, a_place

pytestmark = pytest.mark.integration


def test_ingest_makes_the_same_lake(mongod: EmbeddedMongod, database: str, tmp_path: Path) -> None:
    made = history(seed=6, days=1, events=2_500)
    opened = connect_blocking(mongod.uri, database)
    try:
        write_database(opened, made)
    finally:
        opened.client.close()
    place = a_place(mongod.uri, database, tmp_path)
    summary = a_pipeline(place, now_ms=float(made.wishes.span[1])).run(job="ingest")
    assert summary.failed == {}
    lake = Lake(url=str(tmp_path))
    found = {name: lake.read_raw(name) for name in lake.raw_names()}
    seen: set[str] = set()
    given: dict[str, Any] = {}
    for slot, table in made.raw_tables(pseudonym=Pseudonyms(LAKE_KEY).of):
        # The store refuses the second copy of an event.
        fresh = []
        for row, event in enumerate(table.column("event_id").to_pylist()):
            if event not in seen:
                fresh.append(row)
                seen.add(event)
        if fresh:
            given[slot] = table.take(pa.array(fresh))
    assert len(found) == len(given)
    for (name, ours), (slot, theirs) in zip(sorted(found.items()), sorted(given.items()), strict=True):
        assert name.startswith(f"raw/date={slot[:10]}/hour={slot[11:13]}/{slot[14:]}-")
        for column in theirs.column_names:
            assert ours.column(column).to_pylist() == theirs.column(column).to_pylist(), column
