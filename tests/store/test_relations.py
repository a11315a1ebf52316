import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.database import Store

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.gen_test
async def test_of_a_hundred_who_follow_at_once_one_makes_the_relation(store: Store, raw: Any) -> None:
    made = await asyncio.gather(*(store.relations.add("follow", "u1", "u2", NOW) for _ in range(100)))
    assert made.count(True) == 1
    assert raw.relations.count_documents({}) == 1
    assert await store.relations.exists("follow", "u1", "u2")
    assert not await store.relations.exists("follow", "u2", "u1")
    assert not await store.relations.exists("block", "u1", "u2")


@pytest.mark.gen_test
async def test_a_relation_is_removed_once(store: Store) -> None:
    await store.relations.add("block", "u1", "u2", NOW)
    assert await store.relations.remove("block", "u1", "u2")
    assert not await store.relations.remove("block", "u1", "u2")


@pytest.mark.gen_test
async def test_blocks_count_in_either_direction(store: Store) -> None:
    await store.relations.add("block", "u1", "u2", NOW)
    await store.relations.add("block", "u3", "u1", NOW)
    await store.relations.add("follow", "u4", "u1", NOW)
    assert await store.relations.blocked_between("u1") == {"u2", "u3"}
    assert await store.relations.blocked_between("u2") == {"u1"}
    assert await store.relations.blocked_by("u1") == {"u2"}
    assert await store.relations.blockers_of("u1") == {"u3"}
    assert await store.relations.blockers_of("u4") == frozenset()
    assert [row.to_id for row in await store.relations.blocks_among(["u1", "u4"])] == ["u2"]
    assert await store.relations.between("u4", "u1") == {("follow", "u4")}
    assert await store.relations.between("u2", "u1") == {("block", "u1")}


@pytest.mark.gen_test
async def test_lists_come_in_pages_the_latest_first(store: Store) -> None:
    for number in range(5):
        await store.relations.add("follow", f"u{number}", "star", NOW + timedelta(seconds=number // 2))
    first = await store.relations.to("follow", "star", limit=3, cursor=None)
    second = await store.relations.to("follow", "star", limit=3, cursor=first.next)
    assert [row.from_id for row in [*first.items, *second.items]] == ["u4", "u3", "u2", "u1", "u0"]
    assert second.next is None
    assert [row.to_id for row in (await store.relations.from_("follow", "u0", limit=3, cursor=None)).items] == ["star"]
    assert await store.relations.count_to("follow", "star") == 5
    assert await store.relations.count_from("follow", "u0") == 1
