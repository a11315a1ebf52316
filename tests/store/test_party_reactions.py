from typing import Any

import pytest

from store.database import Store
from store.documents import ReactedMinute
from store.party_reactions import MINUTE_MS, MOST_MINUTES, Reacted, minute_id

pytestmark = pytest.mark.integration

BEGAN_MS = 1_700_000_040_000
Counts = list[tuple[int, str, int]]


def reacted(minute: int, counts: Counts, *, node_id: str = "n", party_id: str = "p") -> ReactedMinute:
    minute_ms = BEGAN_MS + minute * MINUTE_MS
    return ReactedMinute(
        id=minute_id(party_id, minute_ms, node_id), party_id=party_id, minute_ms=minute_ms, counts=counts
    )


def at(minute: int, second: int = 0) -> int:
    return BEGAN_MS + minute * MINUTE_MS + second * 1000


@pytest.mark.gen_test
async def test_a_minute_that_is_written_again_is_replaced_and_nodes_add_up(store: Store, raw: Any) -> None:
    for minute in (
        reacted(0, [(3, "👏", 1)]),
        reacted(0, [(3, "👏", 5), (59, ".🔥$", 1)]),
        reacted(0, [(3, "👏", 2), (3, "😂", 1)], node_id="m"),
        reacted(1, [(0, "👏", 1)]),
        reacted(0, [(3, "😢", 9)], party_id="p2"),
    ):
        await store.party_reactions.keep(minute)
    assert raw.party_reactions.count_documents({"party_id": "p"}) == 3
    whole: list[Reacted] = [(at(0, 3), "👏", 7), (at(0, 3), "😂", 1), (at(0, 59), ".🔥$", 1), (at(1), "👏", 1)]
    assert await store.party_reactions.between("p", 0) == (whole, None)


@pytest.mark.gen_test
async def test_a_stretch_is_cut_at_its_seconds(store: Store) -> None:
    for minute in range(3):
        await store.party_reactions.keep(reacted(minute, [(second, "👏", 1) for second in (0, 30)]))

    async def between(from_ms: int, until_ms: int | None) -> list[int]:
        found, read_to = await store.party_reactions.between("p", from_ms, until_ms)
        assert read_to is None
        return [at_ms for at_ms, _, _ in found]

    assert await between(at(0, 1), at(1)) == [at(0, 30)]
    assert await between(at(0, 30), at(1, 30) + 1) == [at(0, 30), at(1), at(1, 30)]
    assert await between(at(1, 1), None) == [at(1, 30), at(2), at(2, 30)]
    assert await between(at(2), at(2)) == []


@pytest.mark.gen_test
async def test_a_long_evening_is_read_in_whole_minutes(store: Store) -> None:
    for minute in range(MOST_MINUTES + 2):
        await store.party_reactions.keep(reacted(minute, [(7, "👏", 1)]))
    first, read_to = await store.party_reactions.between("p", 0)
    assert (len(first), read_to) == (MOST_MINUTES, at(MOST_MINUTES))
    rest, end = await store.party_reactions.between("p", at(MOST_MINUTES))
    assert ([at_ms for at_ms, _, _ in rest], end) == ([at(MOST_MINUTES, 7), at(MOST_MINUTES + 1, 7)], None)


@pytest.mark.gen_test
async def test_more_nodes_than_a_reading_takes_hold_nobody_up(store: Store) -> None:
    for node in range(MOST_MINUTES + 1):
        await store.party_reactions.keep(reacted(0, [(7, "👏", 1)], node_id=f"{node:03d}"))
    await store.party_reactions.keep(reacted(1, [(7, "👏", 1)]))
    assert (await store.party_reactions.between("p", 0))[1] == at(1)
    assert await store.party_reactions.between("p", at(1)) == ([(at(1, 7), "👏", 1)], None)
