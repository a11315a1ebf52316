"""The bugs that every other watch party has had, each by its name: none of them is here.

What is shown here is the short form, over a whole node; docs/contract.md names for each the tests that go deeper.
"""

import asyncio

import pytest

from realtime.errors import may_come_back
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.playback import MAX_LEAD_MS, Playback, position_at
from realtime.party.rules.waiting import FIRST_LOAD_MS, LONGEST_MS
from realtime.session import SILENCE_MS
from realtime.sync import ClockFilter
from realtime.timers import EMPTY_MS, GRACE_MS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Node, Seat
from tests.fakes.seats import Frame, a_node, ask, seated

ANN, BOB = Actor(user_id="ann", name="ann"), Actor(user_id="bob", name="bob")


def playing(frame: Frame) -> Playback:
    return Playback(**frame["playback"])


async def stay(clock: ManualClock, seconds: float, *seats: Seat, **status: object) -> None:
    """Let time pass while these players report."""
    for _ in range(round(seconds * 4)):
        for seat in seats:
            seat.send(t="status", **status)
        await clock.advance(0.25)


@pytest.mark.gen_test
async def test_clock_skew_of_a_viewer_does_not_move_their_film() -> None:
    """Clock skew: clocks that are twenty seconds, or a year, off put nobody out of step."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        await ask(ann, t="play")
        playback = playing(ann.take("playback")[0])
        await clock.advance(30)
        positions = []
        for skew_ms in (0, 20_000, -20_000, 3.15e10):
            readings = ClockFilter()
            for _ in range(5):
                sent_ms = clock.now_ms() + skew_ms
                ann.send(t="clock", t0=sent_ms)
                (told,) = ann.take("clock")
                readings.add(sent_ms, told["t1"], told["t2"], clock.now_ms() + skew_ms)
            server_ms = clock.now_ms() + skew_ms + readings.offset_ms
            positions.append(position_at(playback, server_ms, 60_000))
        assert positions == pytest.approx([30_000 - 100] * 4, abs=0.01)


@pytest.mark.gen_test
async def test_waiting_deadlock_a_player_that_never_loads_holds_nobody_up_for_ever() -> None:
    """Waiting deadlock: one player buffers for good, or falls silent; the party stops once, and for no longer than it said."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        await ask(ann, t="settings", wait="all")
        await ask(ann, t="play")
        waited_ms = 0
        for _ in range(200):
            bob.send(t="status", state="buffering")
            ann.send(t="status", state="playing")
            await clock.advance(0.25)
            waited_ms += 250 * ((await node.engine.state(PARTY)).waiting is not None)
        assert 0 < waited_ms <= FIRST_LOAD_MS + 500
        state = await node.engine.state(PARTY)
        assert (state.waiting, state.playback.paused) == (None, False)


@pytest.mark.gen_test
async def test_ghosts_of_a_silent_drop_leave_and_count_for_nothing() -> None:
    """Ghosts: who falls silent is offline after 45 s, holds no seat, blocks no vote and keeps no party alive."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        ghosts = [(await seated(node, name))[0] for name in ("bob", "cat", "dan")]
        await ask(ann, t="settings", max_members=4)
        for _ in range(int(SILENCE_MS / 5_000) + 1):
            ann.send(t="ping")
            await clock.advance(5)
        assert [ghost.code for ghost in ghosts] == [4008] * 3
        for ghost in ghosts:
            ghost.drop()
        assert node.presence.connected(PARTY) == {"ann"}
        await seated(node, "eve")
        await ask(ann, t="queue.add", video_id="short")
        assert (await ask(ann, t="skip.vote"))["t"] == "ok"
        assert (await node.engine.state(PARTY)).playback.video_id == "short", "half of two, not of five"


@pytest.mark.gen_test
async def test_reset_to_0_00_never_happens_on_a_reconnect_a_restart_or_an_empty_party() -> None:
    """Reset to 0:00: position and queue outlive cuts, the crash of the server, and a party that everybody left."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, welcome = await seated(node, "ann")
        await ask(ann, t="queue.add", video_id="short")
        await ask(ann, t="play", position_ms=10_000)
        await clock.advance(20)
        ann.drop()
        shelf = node.shelf
    async with a_node(clock, shelf) as node:
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        again, welcome = await seated(node, "ann", resume=resume)
        party = welcome["party"]
        assert position_at(playing(party), clock.now_ms(), 60_000) == pytest.approx(30_000, abs=200)
        assert [item["video_id"] for item in party["queue"]] == ["short"]
        await ask(again, t="pause")
        again.drop()
        await clock.advance(EMPTY_MS / 1000 + 1)
        _, welcome = await seated(node, "ann")
        left = welcome["party"]
        assert (left["status"], len(left["queue"])) == ("lobby", 1)
        assert left["playback"]["position_ms"] == pytest.approx(30_000, abs=200)


@pytest.mark.gen_test
async def test_clients_lost_at_a_deploy_come_back_to_another_node_with_nothing_missed() -> None:
    """Clients lost at a deploy: the close says to come back, and elsewhere they resume in their seat."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, welcome = await seated(node, "bob")
        await ask(ann, t="chat.send", body="before")
        drained = asyncio.create_task(node.hub.drain())
        await clock.advance(1)
        await drained
        assert bob.code == 1012
        assert may_come_back(bob.code)
        shelf = node.shelf
    async with a_node(clock, shelf) as node:
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        _, again = await seated(node, "bob", resume=resume)
        assert (again["resumed"], again["you"]["member_id"]) == (True, "bob")
        assert [event["message"]["body"] for event in again["missed"]] == ["before"]


@pytest.mark.gen_test
async def test_cut_off_starts_nobody_misses_the_first_seconds() -> None:
    """Cut-off starts: a play is heard by the slowest before it counts, and who loads for the first time is waited for."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        await ask(ann, t="settings", wait="all")
        bob.send(t="status", state="paused", rtt_ms=600)
        await settle()
        await ask(ann, t="play")
        played = bob.take("playback")[0]
        assert played["playback"]["at_ms"] - clock.now_ms() == 1_200 <= MAX_LEAD_MS
        assert position_at(playing(played), clock.now_ms() + 600) == 0
        await clock.advance(1.3)
        await stay(clock, 1.5, bob, state="buffering")
        state = await node.engine.state(PARTY)
        assert state.waiting is not None
        assert state.waiting.members == ("bob",)
        assert state.playback.position_ms < LONGEST_MS / 10, "near its beginning it waits for him"


@pytest.mark.gen_test
async def test_feedback_loops_what_players_do_by_themselves_controls_nobody() -> None:
    """Feedback loops: no report of a player becomes a command, and a wait that pauses players does not feed itself."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        await ask(ann, t="settings", control="everyone")
        await ask(ann, t="play")
        seq = (await node.engine.state(PARTY)).seq
        for state in ("buffering", "paused", "playing", "idle", "error", "playing"):
            await stay(clock, 2, ann, bob, state=state, position_ms=0, drift_ms=-9_000)
        assert (await node.engine.state(PARTY)).seq == seq
        await ask(ann, t="settings", wait="all")
        await stay(clock, 12, bob, state="playing")
        await stay(clock, 2, bob, state="buffering")
        await stay(clock, 1, ann, bob, state="paused")  # as every player is while the party waits
        await stay(clock, 5, ann, bob, state="playing")
        causes = [record.body.get("cause") for record in node.shelf.log.all(PARTY) if "playback" in record.body]
        assert causes == ["play", "wait", "resume"]


@pytest.mark.gen_test
async def test_lost_hosts_the_party_plays_on_and_somebody_takes_over() -> None:
    """Lost hosts: nothing stops when the host's line does, and twenty seconds later somebody who is there can control it."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        await ask(ann, t="play")
        ann.drop()
        for _ in range(int(GRACE_MS / 1000) + 2):
            bob.send(t="ping")
            await clock.advance(1)
        state = await node.engine.state(PARTY)
        assert (state.host_id, state.playback.paused) == ("bob", False)
        assert (await ask(bob, t="pause"))["t"] == "ok"


@pytest.mark.gen_test
async def test_split_rooms_two_nodes_of_one_party_never_differ() -> None:
    """Split rooms: whoever writes where, also while the nodes hear nothing of each other, there is one order of events."""
    clock = ManualClock()
    async with a_node(clock) as one:
        two = Node(clock, one.shelf)  # on a bus of its own: it hears nothing of the first
        two.start()
        await one.engine.submit(PARTY, do.Join(), actor=ANN)
        await two.engine.submit(PARTY, do.Join(), actor=BOB)
        await one.engine.heal(PARTY)
        for n in range(20):
            nodes = (one, two) if n % 2 else (two, one)
            await asyncio.gather(
                nodes[0].engine.submit(PARTY, do.Seek(position_ms=n * 1_000), actor=ANN),
                nodes[1].engine.submit(PARTY, do.Say(body=f"word {n}"), actor=BOB),
            )
        await one.engine.heal(PARTY)
        await two.engine.heal(PARTY)
        assert await one.engine.state(PARTY) == await two.engine.state(PARTY)
        seqs = [record.seq for record in one.shelf.log.all(PARTY)]
        assert seqs == list(range(1, 44))
        await two.close()


@pytest.mark.gen_test
async def test_broadcast_storms_a_crowd_that_comes_back_is_one_frame_and_no_event() -> None:
    """Broadcast storms: forty people drop and return at once; the log grows by nothing, and each is told a few times, not 40."""
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        crowd = [await seated(node, f"person{n}") for n in range(40)]
        await clock.advance(1)
        seq = (await node.engine.state(PARTY)).seq
        ann.take()
        for seat, _ in crowd:
            seat.drop()
        for n, (_, welcome) in enumerate(crowd):
            resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": seq}
            _, again = await seated(node, f"person{n}", resume=resume)
            assert (again["resumed"], again["missed"]) == (True, [])
        await clock.advance(1)
        assert (await node.engine.state(PARTY)).seq == seq
        assert len(ann.take()) <= 4
