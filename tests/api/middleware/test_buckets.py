"""Token buckets: one suite over the version in memory and the one in MongoDB."""

import asyncio

import pytest

from api.middleware.buckets import KNOWN, Buckets, Limit, MemoryBuckets, StoredBuckets
from store.database import Store
from store.errors import Unavailable

pytestmark = pytest.mark.integration

NOW_MS = 2_500_000_000_000.0
"""Far ahead, as MongoDB removes what is over."""
LIMIT = Limit(requests=10)


@pytest.fixture(params=["memory", "mongodb"])
def buckets(request: pytest.FixtureRequest, store: Store) -> Buckets:
    return MemoryBuckets() if request.param == "memory" else StoredBuckets(store=store, meanwhile=MemoryBuckets())


async def allowed(buckets: Buckets, key: str, now_ms: float, tries: int) -> int:
    return sum([(await buckets.take(key, LIMIT, now_ms)).allowed for _ in range(tries)])


@pytest.mark.gen_test
async def test_a_bucket_gives_what_it_holds_and_then_no_more(buckets: Buckets) -> None:
    levels = [await buckets.take("a", LIMIT, NOW_MS) for _ in range(12)]
    assert [level.allowed for level in levels] == [True] * 10 + [False] * 2
    assert [level.remaining for level in levels] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]
    assert levels[0].full_in_seconds(LIMIT) == pytest.approx(6)
    assert levels[-1].full_in_seconds(LIMIT) == pytest.approx(60)
    assert levels[-1].next_in_seconds(LIMIT) == pytest.approx(6)
    assert levels[0].next_in_seconds(LIMIT) == 0


@pytest.mark.gen_test
async def test_it_fills_evenly_and_never_beyond_its_brim(buckets: Buckets) -> None:
    assert await allowed(buckets, "a", NOW_MS, 20) == 10
    assert await allowed(buckets, "a", NOW_MS + 5_999, 1) == 0
    assert await allowed(buckets, "a", NOW_MS + 6_001, 2) == 1
    assert await allowed(buckets, "a", NOW_MS + 36_002, 9) == 5
    assert await allowed(buckets, "a", NOW_MS + 86_400_000, 20) == 10


@pytest.mark.gen_test
async def test_who_is_refused_is_not_kept_out_longer_for_asking(buckets: Buckets) -> None:
    assert await allowed(buckets, "a", NOW_MS, 200) == 10
    assert await allowed(buckets, "a", NOW_MS + 60_000, 20) == 10


@pytest.mark.gen_test
async def test_each_key_has_a_bucket_of_its_own(buckets: Buckets) -> None:
    assert await allowed(buckets, "a", NOW_MS, 20) == 10
    for other in ("b", "$tokens", "a.b", "é", "a\u0000b"):
        assert await allowed(buckets, other, NOW_MS, 20) == 10


@pytest.mark.gen_test
async def test_a_clock_that_is_behind_fills_nothing_and_loses_nothing(buckets: Buckets) -> None:
    assert await allowed(buckets, "a", NOW_MS, 10) == 10
    assert await allowed(buckets, "a", NOW_MS - 60_000, 1) == 0
    assert await allowed(buckets, "a", NOW_MS + 6_001, 2) == 1


@pytest.mark.gen_test
async def test_of_a_hundred_at_once_ten_get_a_token(buckets: Buckets) -> None:
    levels = await asyncio.gather(*(buckets.take("a", LIMIT, NOW_MS) for _ in range(100)))
    assert sum(level.allowed for level in levels) == 10


@pytest.mark.gen_test
async def test_nodes_that_share_the_database_share_the_bucket(store: Store) -> None:
    nodes = [StoredBuckets(store=store, meanwhile=MemoryBuckets()) for _ in range(4)]
    levels = await asyncio.gather(*(nodes[n % 4].take("a", LIMIT, NOW_MS) for n in range(100)))
    assert sum(level.allowed for level in levels) == 10


@pytest.mark.gen_test
async def test_without_the_database_each_node_counts_for_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_given: object, **_named: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(store.rate_buckets, "take", away)
    buckets = StoredBuckets(store=store, meanwhile=MemoryBuckets())
    assert await allowed(buckets, "a", NOW_MS, 20) == 10


@pytest.mark.gen_test
async def test_memory_does_not_grow_with_the_number_of_callers() -> None:
    buckets = MemoryBuckets()
    for number in range(KNOWN + 500):
        await buckets.take(str(number), LIMIT, NOW_MS)
    assert len(buckets._buckets) == KNOWN
