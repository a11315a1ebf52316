from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from matinee.mongod import EmbeddedMongod
from store.aggregates import AggregatesWriter, aggregate_id
from store.blocking import connect_blocking
from store.database import Store
from store.documents import Aggregate
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def aggregate(subject: str, window: str, value: int) -> Aggregate:
    return Aggregate(
        id=aggregate_id("host_day", "user", subject, window),
        family="host_day",
        kind="user",
        subject=subject,
        window=window,
        definition_version=1,
        computed_at=NOW,
        complete_until=NOW,
        provisional=False,
        values={"metrics": {"views": {"value": value, "unit": "count", "n": value}}},
    )


@pytest.fixture
def writer(mongod: EmbeddedMongod, database: str) -> Iterator[AggregatesWriter]:
    opened = connect_blocking(mongod.uri, database)
    yield AggregatesWriter(opened)
    opened.client.close()


@pytest.mark.gen_test
async def test_what_the_pipeline_publishes_the_dashboards_read(store: Store, writer: AggregatesWriter) -> None:
    writer.replace_many([aggregate("ann", "2026-11-23", 3)])
    assert await store.aggregates.get("host_day", "user", "ann", "2026-11-23") == aggregate("ann", "2026-11-23", 3)
    assert await store.aggregates.get("host_day", "user", "bob", "2026-11-23") is None


@pytest.mark.gen_test
async def test_publishing_again_replaces(store: Store, writer: AggregatesWriter, raw: Any) -> None:
    days = [f"2026-11-{day:02}" for day in range(1, 31)]
    for value in (1, 2, 2):
        writer.replace_many([aggregate(subject, day, value) for subject in "abcde" for day in days])
    assert raw.aggregates.count_documents({}) == 150
    found = await store.aggregates.range("host_day", "user", "c", "2026-11-05", "2026-11-07")
    assert found == [aggregate("c", day, 2) for day in days[4:7]]


@pytest.mark.gen_test
async def test_a_range_keeps_to_its_subject(store: Store, writer: AggregatesWriter) -> None:
    writer.replace_many([aggregate(subject, "2026-11-23", 1) for subject in ("a", "aa", "b")])
    found = await store.aggregates.range("host_day", "user", "a", "2026-01-01", "2026-12-31")
    assert [row.subject for row in found] == ["a"]
