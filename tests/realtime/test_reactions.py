"""What of reactions to a film is kept for its replay."""

import pytest

from realtime.reactions import KEEP_SECONDS, MOST_KINDS, MOST_MINUTES, Reactions
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY
from tests.fakes.seats import a_node, seated
from tests.fakes.storage import MemoryReactions

BEGAN_MS = 1_700_000_040_000.0
"""The beginning of a minute."""


def counting() -> tuple[ManualClock, MemoryReactions, Reactions]:
    clock, kept = ManualClock(BEGAN_MS), MemoryReactions()
    return clock, kept, Reactions(kept=kept, node_id="n", clock=clock)


def counts(kept: MemoryReactions) -> list[list[tuple[int, str, int]]]:
    return [minute.counts for _, minute in sorted(kept.minutes.items())]


@pytest.mark.gen_test
async def test_reactions_are_counted_by_second_and_emoji_and_soon_kept() -> None:
    clock, kept, reactions = counting()
    for emoji in ("👏", "👏", "😂"):
        reactions.count("p", emoji)
    await clock.advance(1.5)
    reactions.count("p", "👏")
    reactions.count("q", "🔥")
    await clock.advance(KEEP_SECONDS)
    assert counts(kept) == [[(0, "👏", 2), (0, "😂", 1), (1, "👏", 1)], [(1, "🔥", 1)]]
    await clock.advance(60 - KEEP_SECONDS)
    reactions.count("p", "👏")
    await reactions.close()
    assert counts(kept)[:2] == [[(0, "👏", 2), (0, "😂", 1), (1, "👏", 1)], [(1, "👏", 1)]]


@pytest.mark.gen_test
async def test_nothing_is_held_once_it_is_stored() -> None:
    clock, kept, reactions = counting()
    reactions.count("p", "👏")
    await settle()
    await clock.advance(60 + 2 * KEEP_SECONDS)
    assert clock.wakes_ms() == []
    reactions.count("p", "👏")
    await reactions.close()
    assert len(kept.minutes) == 2


@pytest.mark.gen_test
async def test_while_storage_is_away_counting_goes_on(logs: ExpectedLogs) -> None:
    clock, kept, reactions = counting()
    kept.away = True
    reactions.count("p", "👏")
    await clock.advance(60)
    reactions.count("p", "👏")
    await clock.advance(KEEP_SECONDS)
    kept.away = False
    await clock.advance(KEEP_SECONDS)
    assert counts(kept) == [[(0, "👏", 1)], [(0, "👏", 1)]]
    kept.away = True
    reactions.count("p", "👏")
    with logs.expect("reactions_lost"):
        await reactions.close()


@pytest.mark.gen_test
async def test_a_storm_takes_no_more_memory_than_its_bounds() -> None:
    _, kept, reactions = counting()
    for number in range(1_000):
        reactions.count("p", chr(0x1F600 + number % 50))
    for number in range(MOST_MINUTES + 5):
        reactions.count(f"party {number}", "👏")
    await reactions.close()
    assert len(kept.minutes) == MOST_MINUTES
    (of_p,) = [minute for minute in kept.minutes.values() if minute.party_id == "p"]
    assert [count for _, _, count in of_p.counts] == [20] * MOST_KINDS


@pytest.mark.gen_test
async def test_what_members_react_with_is_counted_on_their_node() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        for name in ("ann", "bob"):
            seat, _ = await seated(node, name)
            seat.send(t="react", emoji="👏")
            seat.send(t="react", emoji="not an emoji")
        await settle(50)
        await clock.advance(KEEP_SECONDS)
        (minute,) = node.shelf.reactions.minutes.values()
        assert (minute.party_id, [count[1:] for count in minute.counts]) == (PARTY, [("👏", 2)])
