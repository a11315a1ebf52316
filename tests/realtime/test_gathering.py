"""Nodes that tell each other who is with them: by changes, in bounded messages, and what becomes of those that are lost."""

import pytest

from realtime.bus import Message
from realtime.gathering import ASKS, LEASE_MS
from realtime.party.context import Actor
from realtime.roster import MOST_MEMBERS
from tests.fakes.clock import ManualClock
from tests.fakes.gatherers import PARTY, two
from tests.fakes.lossy_network import Network

BOUND_BYTES = 512 * 1024
"""Half of what NATS takes."""


def sizes(network: Network) -> list[int]:
    return [len(message.frame) for _, message in network.under_way]


@pytest.mark.gen_test
async def test_after_one_exchange_both_know_everybody() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann", "bob")
        other.come("cat")
        network.arrive()
        assert set(one.sees()) == set(other.sees()) == {"ann", "bob", "cat"}
        assert one.presence.connected(PARTY) == other.presence.connected(PARTY)


@pytest.mark.gen_test
async def test_who_came_in_before_a_node_was_heard_is_told_of_its_members_when_it_is() -> None:
    """Else they stay offline to a newcomer for as long as they do nothing: their node told everybody before."""
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann", "bob")
        other.come("cat")
        assert other.presence.news(PARTY) == []
        network.arrive()
        assert [(member["id"], member["status"]) for member in other.presence.news(PARTY)] == [
            ("ann", "idle"),
            ("bob", "idle"),
        ]
        one.report("ann", 12.5)
        network.arrive()
        assert [(member["id"], member["status"]) for member in other.presence.news(PARTY)] == [("ann", "playing")]
        one.report("ann", 99.5)
        network.arrive()
        assert other.presence.news(PARTY) == [], "how far off somebody is everybody hears from their node"
        one.go("ann")
        network.arrive()
        assert [(member["id"], member["status"]) for member in other.presence.news(PARTY)] == [("ann", "offline")]


@pytest.mark.gen_test
async def test_of_a_thousand_members_only_the_one_who_changed_is_told() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come(*(f"member-{n}" for n in range(1_000)))
        other.come("cat")
        network.arrive()
        one.report("member-7", 12.5)
        assert max(sizes(network)) < 300
        network.arrive()
        assert other.sees()["member-7"] == 12.5
        one.go("member-8")
        network.arrive()
        assert "member-8" not in other.sees()
        assert len(other.sees()) == 1_000


@pytest.mark.gen_test
async def test_a_sign_of_life_is_small_and_keeps_the_lease() -> None:
    clock, network = ManualClock(), Network()
    async with two(clock, network) as (one, other):
        one.come(*(f"member-{n}" for n in range(1_000)))
        other.come("cat")
        network.arrive()
        for _ in range(6):
            await clock.advance(10)
            assert max(sizes(network)) < 300
            network.arrive()
        assert len(other.sees()) == 1_001


@pytest.mark.gen_test
async def test_a_lost_change_is_noticed_by_the_next_one_and_asked_for() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann", "bob")
        other.come("cat")
        network.arrive()
        one.report("ann", 1.0)
        network.arrive(lost=lambda _message: True)
        one.report("bob", 2.0)
        network.arrive()
        assert other.sees() == {"ann": 1.0, "bob": 2.0, "cat": None}


@pytest.mark.gen_test
async def test_a_lost_goodbye_of_a_member_is_noticed_by_the_sign_of_life() -> None:
    clock, network = ManualClock(), Network()
    async with two(clock, network) as (one, other):
        one.come("ann", "bob")
        other.come("cat")
        network.arrive()
        one.go("ann")
        network.arrive(lost=lambda _message: True)
        assert "ann" in other.sees()
        await clock.advance(10)
        network.arrive()
        assert set(other.sees()) == {"bob", "cat"}


@pytest.mark.gen_test
async def test_who_missed_something_asks_once_a_second_and_not_with_each_message() -> None:
    clock, network = ManualClock(), Network()
    async with two(clock, network) as (one, other):
        one.come("ann")
        other.come("cat")
        network.arrive()
        one.report("ann", 0.0)
        network.arrive(lost=lambda _message: True)
        asked: list[Message] = []
        for drift_ms in range(20):
            one.report("ann", float(drift_ms))
            network.arrive(lost=lambda message: message.kind == ASKS and not asked.append(message))
        assert len(asked) == 1
        await clock.advance(1)
        one.report("ann", 20.0)
        network.arrive()
        assert other.sees()["ann"] == 20.0


@pytest.mark.gen_test
async def test_a_node_to_which_the_bus_comes_back_last_asks_what_the_others_told_meanwhile() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann", "bob")
        other.come("cat")
        network.arrive()
        one.go("ann")
        one.gathering.tell_all()
        network.arrive(lost=lambda _message: True)
        other.gathering.tell_all()
        network.arrive()
        assert set(one.sees()) == set(other.sees()) == {"bob", "cat"}


@pytest.mark.gen_test
async def test_a_list_too_long_for_one_message_comes_in_pieces_and_nobody_flickers() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        everybody = {f"g{n:032}" for n in range(2 * MOST_MEMBERS + 500)}
        one.come(*everybody)
        other.come("cat")
        assert len(sizes(network)) >= 3
        assert max(sizes(network)) < BOUND_BYTES
        network.arrive()
        assert set(other.sees()) == everybody | {"cat"}
        one.go(*sorted(everybody)[:10])
        network.arrive(lost=lambda _message: True)
        one.gathering.tell_all()
        fewest = len(everybody)
        while network.under_way:
            bus, message = network.under_way.pop(0)
            assert len(message.frame) < BOUND_BYTES
            bus.arrived(message)
            fewest = min(fewest, len(other.sees()))
        assert fewest == len(everybody) - 10 + 1
        assert len(other.sees()) == fewest


@pytest.mark.gen_test
async def test_a_piece_that_is_lost_has_the_whole_list_asked_for() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        everybody = [f"g{n:05}" for n in range(3 * MOST_MEMBERS)]
        other.come("cat")
        one.come(*everybody)
        middle = [each for each in network.under_way if b'"span":["g01999","g03999"]' in each[1].frame]
        assert len(middle) == 1
        network.under_way.remove(middle[0])
        network.arrive()
        assert len(other.sees()) == len(everybody) + 1


@pytest.mark.gen_test
async def test_a_node_that_leaves_says_so_and_its_older_words_change_nothing() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        other.come("cat")
        one.come("ann")
        late = list(network.under_way)
        network.arrive()
        one.go("ann")
        network.arrive()
        assert set(other.sees()) == {"cat"}
        for bus, message in late:
            bus.arrived(message)
        assert set(other.sees()) == {"cat"}
        one.come("ann")
        network.arrive()
        assert set(one.sees()) == set(other.sees()) == {"ann", "cat"}


@pytest.mark.gen_test
async def test_a_node_that_falls_silent_is_forgotten_after_its_lease() -> None:
    clock, network = ManualClock(), Network()
    async with two(clock, network) as (one, other):
        one.come("ann")
        other.come("cat")
        network.arrive()
        await one.gathering.close()
        network.under_way.clear()
        await clock.advance(LEASE_MS / 1000 - 1)
        assert "ann" in other.sees()
        await clock.advance(2)
        assert set(other.sees()) == {"cat"}


@pytest.mark.gen_test
async def test_who_knocks_is_told_with_the_changes_and_only_where_that_is_news() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann")
        other.come("cat")
        network.arrive()
        dan = Actor(user_id="dan", name="Dan")
        one.presence.knocks.enter(PARTY, dan, "line", 0.0)
        one.gathering.changed(PARTY)
        network.arrive()
        assert [person["id"] for person in other.presence.knocks.shown(PARTY)] == ["dan"]
        one.report("ann", 3.0)
        assert all(b"knocking" not in message.frame for _, message in network.under_way)
        network.arrive()
        assert [person["id"] for person in other.presence.knocks.shown(PARTY)] == ["dan"]
        one.presence.knocks.leave(PARTY, "dan", "line")
        one.gathering.changed(PARTY)
        network.arrive()
        assert other.presence.knocks.shown(PARTY) == []


@pytest.mark.gen_test
async def test_words_of_another_version_are_passed_over() -> None:
    network = Network()
    async with two(ManualClock(), network) as (one, other):
        one.come("ann")
        other.come("cat")
        network.arrive()
        before = other.sees()
        one.report("ann", 3.0)
        for frame in (b"{}", b"no json", b'{"party_id":"p","node_id":"old","members":{}}'):
            bus = network.under_way[0][0]
            bus.arrived(Message(party_id=f"presence:{PARTY}", frame=frame, kind="gathering"))
            bus.arrived(Message(party_id=f"presence:{PARTY}", frame=frame, kind=ASKS))
        assert other.sees() == before
        network.arrive()
        assert other.sees() == {**before, "ann": 3.0}
