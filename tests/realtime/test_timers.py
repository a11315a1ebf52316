import pytest

from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.state import Settings
from realtime.protocol import StatusReport
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, SHORT, Node

ANN = Actor(user_id="ann", name="ann")
BOB = Actor(user_id="bob", name="bob")


async def party(clock: ManualClock, *present: Actor, **fields: object) -> Node:
    node = Node(clock)
    node.timers.start()
    await node.create(**fields)
    for actor in present:
        await node.engine.submit(PARTY, do.Join(), actor=actor)
        node.presence.enter(PARTY, actor.member_id or "", actor, clock.now_ms())
    await settle()
    return node


@pytest.mark.gen_test
async def test_a_host_who_stays_away_for_20_s_is_succeeded() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB)
    await clock.advance(60)
    assert (await node.engine.state(PARTY)).host_id == "ann"
    node.presence.leave(PARTY, "ann", ANN)
    await clock.advance(19)
    assert (await node.engine.state(PARTY)).host_id == "ann"
    await clock.advance(2)
    assert (await node.engine.state(PARTY)).host_id == "bob"
    await node.close()


@pytest.mark.gen_test
async def test_a_host_who_is_back_within_the_grace_stays_host() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB)
    for _ in range(5):
        node.presence.leave(PARTY, "ann", ANN)
        await clock.advance(15)
        node.presence.enter(PARTY, "ann", ANN, clock.now_ms())
        await clock.advance(15)
    assert (await node.engine.state(PARTY)).host_id == "ann"
    await node.close()


@pytest.mark.gen_test
async def test_a_party_plays_on_without_its_host() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB)
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    node.presence.leave(PARTY, "ann", ANN)
    await clock.advance(25)
    assert not (await node.engine.state(PARTY)).playback.paused
    await node.close()


@pytest.mark.gen_test
async def test_after_five_empty_minutes_a_party_is_a_lobby_where_it_was_left() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, video=None)
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    await clock.advance(10.1)
    node.presence.leave(PARTY, "ann", ANN)
    await clock.advance(299)
    assert (await node.engine.state(PARTY)).status == "live"
    await clock.advance(2)
    state = await node.engine.state(PARTY)
    assert (state.status, state.playback.paused) == ("lobby", True)
    assert state.playback.position_ms == pytest.approx(10_000, abs=300)
    assert state.host_id == "ann"
    await node.close()


@pytest.mark.gen_test
async def test_the_end_of_a_video_brings_the_next_one_and_then_a_stop() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, video=SHORT)
    await node.engine.submit(PARTY, do.AddToQueue(video_id="film"), actor=ANN)
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    await clock.advance(5.5)
    state = await node.engine.state(PARTY)
    assert (state.playback.video_id, state.playback.paused, state.queue) == ("film", False, ())
    await clock.advance(61)
    state = await node.engine.state(PARTY)
    assert (state.playback.paused, state.playback.position_ms) == (True, 60_000)
    assert node.shelf.log.all(PARTY)[-1].body["cause"] == "ended"
    await node.close()


@pytest.mark.gen_test
async def test_storage_that_is_away_delays_what_is_due_and_loses_nothing() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB)
    node.presence.leave(PARTY, "ann", ANN)
    node.shelf.log.lose_before = 1
    await clock.advance(21)
    assert (await node.engine.state(PARTY)).host_id == "ann"
    await clock.advance(6)
    assert (await node.engine.state(PARTY)).host_id == "bob"
    await node.close()


@pytest.mark.gen_test
async def test_two_nodes_that_ask_at_once_make_one_change() -> None:
    clock = ManualClock()
    one = await party(clock, ANN, BOB)
    two = Node(clock, one.shelf, one.bus)
    two.timers.start()
    await two.engine.state(PARTY)
    two.presence.enter(PARTY, "bob", BOB, clock.now_ms())
    one.presence.leave(PARTY, "ann", ANN)
    await clock.advance(30)
    assert [record.type for record in one.shelf.log.all(PARTY)].count("host.changed") == 1
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_a_party_that_nobody_uses_leaves_the_memory_and_is_opened_again() -> None:
    clock = ManualClock()
    node = await party(clock)
    await clock.advance(599)
    assert node.engine.peek(PARTY) is not None
    await clock.advance(2)
    assert node.engine.peek(PARTY) is None
    assert (await node.engine.state(PARTY)).seq == 1
    await node.close()


@pytest.mark.gen_test
async def test_a_live_party_to_which_nobody_comes_back_after_a_restart_is_vacated_too() -> None:
    clock = ManualClock()
    before = await party(clock, ANN)
    await before.engine.submit(PARTY, do.Play(), actor=ANN)
    await before.close()
    after = Node(clock, before.shelf)
    after.shelf.log.refuse_reads = 2
    after.timers.start()
    await clock.advance(1)
    await clock.advance(320)
    assert (await after.engine.state(PARTY)).status == "lobby"
    await after.close()


def say(node: Node, actor: Actor, state: str, clock: ManualClock) -> None:
    report = StatusReport(state=state)  # type: ignore[arg-type]
    node.presence.report(PARTY, actor.member_id or "", actor, report, clock.now_ms(), video_id="film")


@pytest.mark.gen_test
async def test_a_party_waits_for_a_player_that_ran_dry_and_goes_on_when_it_is_ready() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB, settings=Settings(wait="all"))
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    for actor in (ANN, BOB):
        say(node, actor, "playing", clock)
    await clock.advance(3)
    say(node, BOB, "buffering", clock)
    await clock.advance(0.5)
    assert (await node.engine.state(PARTY)).waiting is None, "a hiccup is no reason to stop"
    await clock.advance(0.75)
    state = await node.engine.state(PARTY)
    assert state.waiting is not None
    assert (state.waiting.members, state.playback.paused) == (("bob",), True)
    say(node, BOB, "paused", clock)
    await clock.advance(0.5)
    state = await node.engine.state(PARTY)
    assert (state.waiting, state.playback.paused) == (None, False)
    await node.close()


@pytest.mark.gen_test
async def test_a_player_that_never_comes_back_costs_the_party_ten_seconds_once() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB, settings=Settings(wait="all"))
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    say(node, BOB, "playing", clock)
    await clock.advance(3)
    waited = 0.0
    for _ in range(160):
        say(node, BOB, "buffering", clock)
        await clock.advance(0.25)
        waited += 0.25 * ((await node.engine.state(PARTY)).waiting is not None)
    assert 9 <= waited <= 10.5
    assert (await node.engine.state(PARTY)).out_of_time == {"bob"}
    await node.close()


@pytest.mark.gen_test
async def test_a_player_that_fell_silent_holds_nobody_up() -> None:
    clock = ManualClock()
    node = await party(clock, ANN, BOB, settings=Settings(wait="all"))
    say(node, BOB, "buffering", clock)
    await clock.advance(20)
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    await clock.advance(5)
    assert (await node.engine.state(PARTY)).waiting is None
    await node.close()
