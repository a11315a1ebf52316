"""Scheduled parties under the server's timers: on one node, on two, and over a server that was away at the moment."""

import pytest

from realtime.party import commands as do
from realtime.party.rules.schedule import DOORS_MS
from realtime.timers import WAKE_SECONDS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Node
from tests.fakes.seats import seated
from tests.realtime.test_timers import ANN, BOB, party

AHEAD_SECONDS = 3600
TO_THE_DOORS = AHEAD_SECONDS - DOORS_MS / 1000


def time_ms(clock: ManualClock) -> int:
    return round(clock.now_ms()) + AHEAD_SECONDS * 1000


@pytest.mark.gen_test
async def test_the_doors_of_a_party_that_nobody_is_in_open_after_a_restart_too() -> None:
    clock = ManualClock()
    before = await party(clock, scheduled_for_ms=time_ms(clock))
    await before.close()
    after = Node(clock, before.shelf)
    after.shelf.log.refuse_reads = 1
    after.timers.start()
    await clock.advance(TO_THE_DOORS - WAKE_SECONDS)
    assert after.engine.peek(PARTY) is None
    assert before.shelf.parties.rows[PARTY].status == "scheduled"
    await clock.advance(3 * WAKE_SECONDS)
    assert before.shelf.parties.rows[PARTY].status == "lobby"
    await after.close()


@pytest.mark.gen_test
async def test_it_starts_at_its_time_with_the_host_there_and_the_film_from_its_beginning() -> None:
    clock = ManualClock()
    start_ms = time_ms(clock)
    node = await party(clock, ANN, BOB, scheduled_for_ms=start_ms)
    await clock.advance(AHEAD_SECONDS - 0.5)
    assert (await node.engine.state(PARTY)).status == "lobby"
    await clock.advance(1)
    state = await node.engine.state(PARTY)
    assert (state.status, state.playback.paused, state.playback.position_ms) == ("live", False, 0)
    assert start_ms <= state.playback.at_ms <= start_ms + 500
    await node.close()


@pytest.mark.gen_test
async def test_nobody_to_run_it_and_it_waits_in_the_lobby_until_the_host_comes() -> None:
    clock = ManualClock()
    node = await party(clock, scheduled_for_ms=time_ms(clock))
    await node.engine.submit(PARTY, do.Join(), actor=BOB)
    node.presence.enter(PARTY, "bob", BOB, clock.now_ms())
    await clock.advance(AHEAD_SECONDS + 600)
    state = await node.engine.state(PARTY)
    assert (state.status, state.host_id) == ("lobby", "ann"), "who came first did not become host"
    node.hub.start()
    _, welcome = await seated(node, "ann")
    assert welcome["party"]["status"] == "lobby"
    await clock.advance(0.5)
    assert (await node.engine.state(PARTY)).status == "live"
    await node.close()


@pytest.mark.gen_test
async def test_a_server_that_was_away_at_the_moment_starts_it_when_it_and_the_host_are_back() -> None:
    clock = ManualClock()
    before = await party(clock, ANN, scheduled_for_ms=time_ms(clock))
    await clock.advance(AHEAD_SECONDS - 5)
    await before.close()
    await clock.advance(120)
    after = Node(clock, before.shelf)
    after.start()
    await seated(after, "ann")
    await clock.advance(0.5)
    assert (await after.engine.state(PARTY)).status == "live"
    await after.close()


@pytest.mark.gen_test
async def test_two_nodes_open_the_doors_once_and_start_it_once() -> None:
    clock = ManualClock()
    one = await party(clock, ANN, scheduled_for_ms=time_ms(clock))
    two = Node(clock, one.shelf, one.bus)
    two.timers.start()
    two.presence.enter(PARTY, "ann", ANN, clock.now_ms())
    await clock.advance(AHEAD_SECONDS + 30)
    types = [record.type for record in one.shelf.log.all(PARTY)]
    assert types == ["party.created", "member.joined", "party.opened", "party.started", "playback.played"]
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_a_database_that_is_away_at_the_moment_delays_the_start_and_does_not_lose_it() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, scheduled_for_ms=time_ms(clock))
    await clock.advance(AHEAD_SECONDS - 1)
    node.shelf.log.lose_before = 1
    await clock.advance(2)
    assert (await node.engine.state(PARTY)).status == "lobby"
    await clock.advance(6)
    assert (await node.engine.state(PARTY)).status == "live"
    await settle()
    await node.close()
