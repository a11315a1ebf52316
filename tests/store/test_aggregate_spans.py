"""Spans of aggregates: their rows, and the stamp by which what was computed from them is known to hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.aggregates import Span, aggregate_id
from store.database import Store
from store.documents import Aggregate
from store.encoding import to_document
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPAN = Span("video_day", "video", "film", "2026-11-01", "2026-11-30")


def row(subject: str, window: str, *, at: datetime = NOW, **sums: int) -> dict[str, Any]:
    return to_document(
        Aggregate(
            id=aggregate_id("video_day", "video", subject, window),
            family="video_day",
            kind="video",
            subject=subject,
            window=window,
            definition_version=1,
            computed_at=at,
            complete_until=at,
            provisional=False,
            values={"sums": sums, "hours": {}, "people": {"viewers": {"ids": []}}},
        )
    )


@pytest.mark.gen_test
async def test_a_span_has_the_rows_of_its_subject_in_order(store: Store, raw: Any) -> None:
    raw.aggregates.insert_many(
        [row(subject, day) for subject in ("film", "films") for day in ("2026-11-30", "2026-11-01", "2026-12-01")]
    )
    found = await store.aggregates.rows(SPAN)
    assert [(each.subject, each.window) for each in found] == [("film", "2026-11-01"), ("film", "2026-11-30")]


@pytest.mark.gen_test
async def test_a_stamp_is_another_one_after_every_change_of_the_rows_and_of_no_others(store: Store, raw: Any) -> None:
    raw.aggregates.insert_many([row("film", f"2026-11-{number:02}") for number in range(1, 6)])
    before = await store.aggregates.stamp(SPAN)
    assert await store.aggregates.stamp(SPAN) == before
    raw.aggregates.insert_many([row("film", "2026-12-01"), row("other", "2026-11-03")])
    assert await store.aggregates.stamp(SPAN) == before
    published = row("film", "2026-11-02", at=NOW + timedelta(milliseconds=1))
    raw.aggregates.replace_one({"_id": published["_id"]}, published)
    after = await store.aggregates.stamp(SPAN)
    raw.aggregates.delete_one({"_id": row("film", "2026-11-05")["_id"]})
    assert len({before, after, await store.aggregates.stamp(SPAN)}) == 3


@pytest.mark.gen_test
async def test_a_stamp_is_read_from_an_index_alone(store: Store, raw: Any) -> None:
    raw.aggregates.insert_many([row("film", f"2026-11-{number:02}") for number in range(1, 31)])
    raw.command("profile", 2)
    await store.aggregates.stamp(SPAN)
    raw.command("profile", 0)
    (seen,) = raw["system.profile"].find({"ns": f"{raw.name}.aggregates", "op": "query"})
    assert (seen["docsExamined"], seen["nreturned"]) == (0, 30)
    raw.drop_collection("system.profile")


@pytest.mark.gen_test
async def test_sums_of_many_subjects_come_without_their_people(store: Store, raw: Any) -> None:
    raw.aggregates.insert_many([row(subject, "2026-11-03", views=2) for subject in ("a", "b", "c")])
    found = await store.aggregates.sums_of("video_day", "video", ["a", "c"], "2026-11-01", "2026-11-30")
    assert sorted(found) == [(name, "2026-11-03", {"sums": {"views": 2}, "hours": {}}) for name in ("a", "c")]
