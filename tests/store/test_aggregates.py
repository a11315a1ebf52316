from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from matinee.mongod import EmbeddedMongod
from store.aggregates import AggregatesWriter, aggregate_id, digest
from store.blocking import connect_blocking
from store.database import Store
from store.documents import Aggregate
from store.encoding import from_document
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def aggregate(subject: str, window: str, value: int) -> Aggregate:
    values = {"sums": {"views": value}}
    return Aggregate(
        id=aggregate_id("creator_day", "user", subject, window),
        family="creator_day",
        kind="user",
        subject=subject,
        window=window,
        definition_version=1,
        computed_at=NOW,
        complete_until=NOW,
        provisional=False,
        values=values,
        digest=digest(values),
    )


@pytest.fixture
def writer(mongod: EmbeddedMongod, database: str) -> Iterator[AggregatesWriter]:
    opened = connect_blocking(mongod.uri, database)
    yield AggregatesWriter(opened)
    opened.client.close()


@pytest.mark.gen_test
async def test_what_the_pipeline_publishes_the_dashboards_read(store: Store, writer: AggregatesWriter) -> None:
    writer.publish([aggregate("ann", "2026-11-23", 3)])
    assert await store.aggregates.get("creator_day", "user", "ann", "2026-11-23") == aggregate("ann", "2026-11-23", 3)
    assert await store.aggregates.get("creator_day", "user", "bob", "2026-11-23") is None


@pytest.mark.gen_test
async def test_publishing_again_replaces(store: Store, writer: AggregatesWriter, raw: Any) -> None:
    days = [f"2026-11-{day:02}" for day in range(1, 31)]
    changed = [
        writer.publish([aggregate(subject, day, value) for subject in "abcde" for day in days]) for value in (1, 2, 2)
    ]
    assert changed == [150, 150, 0]
    assert raw.aggregates.count_documents({}) == 150
    found = await store.aggregates.range("creator_day", "user", "c", "2026-11-05", "2026-11-07")
    assert found == [aggregate("c", day, 2) for day in days[4:7]]


@pytest.mark.gen_test
async def test_a_range_keeps_to_its_subject(store: Store, writer: AggregatesWriter) -> None:
    writer.publish([aggregate(subject, "2026-11-23", 1) for subject in ("a", "aa", "b")])
    found = await store.aggregates.range("creator_day", "user", "a", "2026-01-01", "2026-12-31")
    assert [row.subject for row in found] == ["a"]


@pytest.mark.gen_test
async def test_what_says_the_same_stays_with_its_time(store: Store, writer: AggregatesWriter, raw: Any) -> None:
    first = aggregate("ann", "2026-11-23", 1)
    writer.publish([first])
    again = msgspec.structs.replace(first, computed_at=NOW + timedelta(hours=1))
    assert writer.publish([again, aggregate("bob", "2026-11-23", 1)]) == 1, "only what is new"
    assert await store.aggregates.get("creator_day", "user", "ann", "2026-11-23") == first
    assert raw.aggregates.count_documents({}) == 2
    final = [msgspec.structs.replace(again, provisional=True), msgspec.structs.replace(again, definition_version=2)]
    for row in final:
        assert writer.publish([row]) == 1
        assert from_document(raw.aggregates.find_one({"_id": row.id}), Aggregate) == row


@pytest.mark.gen_test
async def test_who_is_not_among_a_days_rows_any_more_is_removed(store: Store, writer: AggregatesWriter) -> None:
    writer.publish([aggregate(subject, day, 1) for subject in "abc" for day in ("2026-11-23", "2026-11-24")])
    kept = [aggregate_id("creator_day", "user", "b", "2026-11-23")]
    assert writer.remove_others("creator_day", "2026-11-23", kept) == 2
    assert writer.windows_after("creator_day", "2026-11-23") == ["2026-11-24"]
    left = [await store.aggregates.get("creator_day", "user", who, "2026-11-23") for who in "abc"]
    assert [row is not None for row in left] == [False, True, False]
    assert await store.aggregates.get("creator_day", "user", "a", "2026-11-24") is not None
