"""The waiting room over several nodes: a knock at one is seen and answered at another, and gone with its node."""

import pytest

from realtime.gathering import LEASE_MS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.doors import TOLD, list_of, outside
from tests.fakes.neighbours import neighbours
from tests.fakes.node import PARTY
from tests.fakes.seats import ask, seated


@pytest.mark.gen_test
async def test_a_knock_at_one_node_is_seen_and_answered_at_another() -> None:
    clock = ManualClock()
    async with neighbours(clock) as (one, two):
        ann, _ = await seated(one, "ann")
        await ask(ann, t="settings", approval="everyone")
        cat, _ = await outside(two, "cat")
        await settle()
        await clock.advance(TOLD)
        assert await list_of(clock, ann) == ["cat"]
        assert (await ask(ann, t="approve", member_id="cat"))["t"] == "ok"
        assert len(cat.take("welcome")) == 1
        await settle()
        await clock.advance(TOLD)
        assert await list_of(clock, ann) == []
        dan, _ = await outside(two, "dan")
        await settle()
        await clock.advance(TOLD)
        assert await list_of(clock, ann) == ["dan"]
        dan.drop()
        await settle()
        await clock.advance(TOLD)
        assert await list_of(clock, ann) == []


@pytest.mark.gen_test
async def test_the_knocks_of_a_node_that_crashed_are_forgotten_with_its_lease() -> None:
    clock = ManualClock()
    async with neighbours(clock) as (one, two):
        ann, _ = await seated(one, "ann")
        await ask(ann, t="settings", approval="everyone")
        await outside(two, "cat")
        await settle()
        await clock.advance(TOLD)
        assert await list_of(clock, ann) == ["cat"]
        two.fall_silent()
        for _ in range(int(LEASE_MS / 10_000) + 1):
            ann.send(t="ping")
            await clock.advance(10)
        assert await list_of(clock, ann) == []


@pytest.mark.gen_test
async def test_two_nodes_at_which_people_only_knock_do_not_answer_each_other_for_ever() -> None:
    clock = ManualClock()
    async with neighbours(clock) as (one, two):
        ann, _ = await seated(one, "ann")
        await ask(ann, t="settings", approval="everyone")
        ann.drop()
        told: list[str] = []
        one.bus.subscribe(f"presence:{PARTY}", lambda message: told.append(message.kind))
        await outside(one, "cat")
        await outside(two, "dan")
        await clock.advance(5)
        assert len(told) <= 8
        assert [person["id"] for person in one.presence.knocks.shown(PARTY)] == ["cat", "dan"]


@pytest.mark.gen_test
async def test_a_node_at_which_people_only_knock_hears_of_bans_and_of_the_end() -> None:
    clock = ManualClock()
    async with neighbours(clock) as (one, two):
        ann, _ = await seated(one, "ann")
        bob, _ = await seated(one, "bob")
        await ask(ann, t="settings", approval="everyone")
        await ask(ann, t="member.kick", member_id="bob")
        bob.drop()
        bob, _ = await outside(two, "bob")
        cat, _ = await outside(two, "cat")
        await ask(ann, t="member.ban", member_id="bob")
        assert (bob.code, cat.code) == (4503, None)
        await ask(ann, t="end")
        assert (cat.code, cat.take("welcome", "party.ended")) == (4510, [])
