"""The engine beside others that write the same log, and beside what lists show of it."""

import asyncio
from random import Random
from typing import Any

import msgspec
import pytest

from realtime.bus import Message
from realtime.bus.memory import MemoryBus
from realtime.engine import NoSuchParty
from realtime.frames import encode
from realtime.party import commands as do
from realtime.party.context import SYSTEM, Actor
from realtime.party.refused import Refused
from store.errors import AlreadyExists, Unavailable
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.engine import ANN, BOB, opened, seqs
from tests.fakes.node import PARTY, Node
from tests.simulation.surroundings import Ether, EtherBus


@pytest.mark.gen_test
async def test_two_nodes_never_write_the_same_seq_and_never_differ() -> None:
    clock, bus = ManualClock(), MemoryBus()
    one = Node(clock, bus=bus)
    await one.create()
    two = Node(clock, one.shelf, bus)
    await one.engine.submit(PARTY, do.Join(), actor=ANN)
    await two.engine.submit(PARTY, do.Join(), actor=BOB)

    async def talk(node: Node, actor: Actor) -> None:
        for n in range(30):
            await node.engine.submit(PARTY, do.Say(body=str(n)), actor=actor, command_id=f"{actor.session_id}:{n}")

    await asyncio.gather(talk(one, ANN), talk(two, BOB), talk(one, BOB), talk(two, ANN))
    assert seqs(one.shelf) == list(range(1, 64))  # created, two joins, and 2 x 30 commands once each
    assert await one.engine.state(PARTY) == await two.engine.state(PARTY)
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_a_node_that_heard_nothing_decides_on_the_reloaded_tail() -> None:
    clock = ManualClock()
    one = Node(clock)
    await one.create()
    await one.engine.submit(PARTY, do.Join(), actor=ANN)
    two = Node(clock, one.shelf)  # a bus of its own: it hears nothing
    assert (await two.engine.state(PARTY)).seq == 2
    await one.engine.submit(PARTY, do.Kick(member_id="ann"), actor=SYSTEM)
    with pytest.raises(Refused, match="Join"):
        await two.engine.submit(PARTY, do.Say(body="still here"), actor=ANN)
    assert seqs(one.shelf) == [1, 2, 3]
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_nothing_is_refused_or_called_done_by_what_a_node_has_not_heard() -> None:
    clock, ether = ManualClock(), Ether(Random(1))
    one = Node(clock, bus=EtherBus(ether))
    await one.create()
    two = Node(clock, one.shelf, EtherBus(ether))
    await one.engine.submit(PARTY, do.Join(), actor=ANN)
    await one.engine.submit(PARTY, do.Join(), actor=BOB)
    assert (await two.engine.state(PARTY)).seq == 3
    ether.away = True
    await one.engine.submit(PARTY, do.Play(), actor=ANN)
    await one.engine.submit(PARTY, do.SetRole(member_id="bob", role="cohost"), actor=ANN)
    paused = await two.engine.submit(
        PARTY, do.Pause(), actor=BOB
    )  # as a member he might not; and it is paused, it thinks
    assert [type(event).__name__ for event in paused.events] == ["Paused"]
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_readers_and_the_runner_may_fold_the_same_tail() -> None:
    node = await opened()
    other = Node(node.clock, node.shelf)

    async def disturb() -> None:
        for _ in range(100):
            await node.engine.heal(PARTY)

    async def talk(where: Node, who: str) -> None:
        for n in range(40):
            await where.engine.submit(PARTY, do.Say(body=str(n)), actor=ANN, command_id=f"{who}:{n}")

    await asyncio.gather(disturb(), talk(node, "a"), talk(other, "b"))
    assert seqs(node.shelf) == list(range(1, 83))
    await node.close()
    await other.close()


@pytest.mark.gen_test
async def test_a_reader_who_finds_our_commit_before_we_hear_of_it_shows_it_once() -> None:
    node = await opened()
    heard: list[Message] = []
    node.bus.subscribe(PARTY, heard.append)
    late = node.shelf.log.late_answer = asyncio.Event()
    task = asyncio.create_task(node.engine.submit(PARTY, do.Play(), actor=ANN))
    await settle()
    await node.engine.heal(PARTY)
    assert [message.seq for message in heard] == [3, 4]
    late.set()
    assert (await task).seq == 4
    assert [message.seq for message in heard] == [3, 4]
    assert node.shelf.parties.rows[PARTY].status == "live"
    await node.close()


@pytest.mark.gen_test
async def test_after_an_unknown_outcome_the_party_is_read_anew_before_it_is_shown() -> None:
    node = await opened()
    node.shelf.log.lose_after = 1
    with pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Play(), actor=ANN)
    assert (await node.engine.state(PARTY)).status == "live"
    await node.close()


@pytest.mark.gen_test
async def test_a_party_that_nobody_made_is_not_there() -> None:
    node = Node(ManualClock())
    with pytest.raises(NoSuchParty):
        await node.engine.submit("f" * 32, do.Play(), actor=ANN)
    assert await node.engine.find("f" * 32) is None
    await node.close()


@pytest.mark.gen_test
async def test_a_party_is_found_by_id_and_by_code_in_any_case() -> None:
    node = await opened()
    assert await node.engine.find(PARTY) == await node.engine.find("abcd2345") == PARTY
    await node.close()


@pytest.mark.gen_test
async def test_a_taken_code_is_told() -> None:
    node = await opened()
    with pytest.raises(AlreadyExists):
        await node.create(party_id="e" * 32)
    await node.close()


@pytest.mark.gen_test
async def test_lists_follow_the_party() -> None:
    node = await opened()
    await asyncio.gather(*(node.engine.submit(PARTY, do.Join(), actor=Actor(user_id=f"u{n}")) for n in range(5)))
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    await node.engine.submit(PARTY, do.ChangeSettings(title="Saturday"), actor=ANN)
    await node.engine.submit(PARTY, do.ChangeVideo(video_id="short"), actor=ANN)
    row = node.shelf.parties.rows[PARTY]
    assert (row.status, row.title, row.video_id, row.host_id) == ("live", "Saturday", "short", "ann")
    assert row.member_user_ids == ["ann", "u0", "u1", "u2", "u3", "u4"]
    assert row.started_at is not None
    await node.close()


@pytest.mark.gen_test
async def test_a_lost_projection_is_healed_by_the_next_change(logs: ExpectedLogs) -> None:
    node = await opened()
    node.shelf.parties.lose = 1
    with logs.expect("projection_behind"):
        await node.engine.submit(PARTY, do.Join(), actor=BOB)
    assert node.shelf.parties.rows[PARTY].member_user_ids == ["ann"]
    await node.engine.submit(PARTY, do.Play(), actor=ANN)
    row = node.shelf.parties.rows[PARTY]
    assert (row.status, row.member_user_ids) == ("live", ["ann", "bob"])
    await node.close()


@pytest.mark.gen_test
async def test_a_lost_projection_is_healed_when_the_party_is_opened(logs: ExpectedLogs) -> None:
    node = await opened()
    node.shelf.parties.lose = 2
    with logs.expect("projection_behind"):
        await node.engine.submit(PARTY, do.Join(), actor=BOB)
        await node.engine.submit(PARTY, do.Play(), actor=ANN)
    await node.close()
    again = Node(ManualClock(), node.shelf)
    await again.engine.state(PARTY)
    row = node.shelf.parties.rows[PARTY]
    assert (row.status, row.member_user_ids) == ("live", ["ann", "bob"])
    await again.close()


@pytest.mark.gen_test
async def test_a_password_is_locked_away_and_never_logged() -> None:
    node = await opened()
    await node.engine.submit(PARTY, do.ChangeSettings(password="hunter2"), actor=ANN)
    assert node.shelf.doors.passwords == {PARTY: "hunter2"}
    assert "hunter2" not in repr(node.shelf.log.all(PARTY))
    with pytest.raises(Refused):
        await node.engine.submit(PARTY, do.ChangeSettings(password="mine"), actor=BOB)
    assert node.shelf.doors.passwords == {PARTY: "hunter2"}
    await node.engine.submit(PARTY, do.ChangeSettings(password=None), actor=ANN)
    assert node.shelf.doors.passwords == {}
    await node.close()


@pytest.mark.gen_test
async def test_only_videos_that_the_actor_may_see_are_queued() -> None:
    node = await opened()
    await node.engine.submit(PARTY, do.AddToQueue(video_id="short"), actor=ANN)
    await node.engine.submit(PARTY, do.Join(), actor=Actor(user_id="blind"))
    with pytest.raises(Refused) as refused:
        await node.engine.submit(PARTY, do.AddToQueue(video_id="short"), actor=Actor(user_id="blind"))
    assert refused.value.code == "not_found"
    await node.close()


@pytest.mark.gen_test
async def test_the_past_is_shown_as_it_was() -> None:
    node = await opened()
    heard: list[Any] = []
    node.bus.subscribe(PARTY, lambda message: heard.append(msgspec.json.decode(message.frame)))
    for command in (do.AddToQueue(video_id="short"), do.Say(body="hi"), do.Skip()):
        await node.engine.submit(PARTY, command, actor=ANN)
    past = await node.engine.history(PARTY, after=2, limit=100)
    assert [msgspec.json.decode(encode(frame)) for frame in past] == heard
    assert [frame["seq"] for frame in await node.engine.history(PARTY, after=1, limit=2)] == [2, 3]
    await node.close()


@pytest.mark.gen_test
async def test_a_closing_engine_finishes_what_it_took_and_takes_no_more() -> None:
    node = await opened()
    task = asyncio.create_task(node.engine.submit(PARTY, do.Say(body="last"), actor=ANN))
    await settle(1)
    await node.engine.close()
    assert (await task).seq == 3
    with pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Say(body="too late"), actor=ANN)
    await node.close()


@pytest.mark.gen_test
async def test_a_fault_of_ours_refuses_the_commands_and_leaves_the_party_usable(logs: ExpectedLogs) -> None:
    node = await opened()
    append = node.shelf.log.append

    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    node.shelf.log.append = broken
    with logs.expect("runner_failed"), pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Say(body="x"), actor=ANN)
    node.shelf.log.append = append
    assert (await node.engine.submit(PARTY, do.Say(body="x"), actor=ANN)).seq == 3
    await node.close()
