"""Opening a party from a snapshot is the same as folding its whole log, and costs the same however long that is."""

import asyncio
import hashlib

import msgspec
import pytest

from realtime.bus.memory import MemoryBus
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.state import PartyState
from realtime.room import FRAMES_KEPT, Room
from realtime.snapshots import EVERY, VERSION, Content, packed
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock
from tests.fakes.engine import ANN, BOB, opened, seqs
from tests.fakes.node import PARTY, Node, Shelf
from tests.fakes.party import Stage
from tests.fakes.seats import seated

SHAPE = "de24e1df0a9c936a"
"""Of `PartyState` in this version of snapshots."""


async def chatted(node: Node, n: int, who: Actor = ANN, start: int = 0) -> None:
    for at in range(start, start + n, 50):
        await asyncio.gather(
            *(
                node.engine.submit(PARTY, do.Say(body=f"word {m}"), actor=who, command_id=f"{who.session_id}:{m}")
                for m in range(at, min(at + 50, start + n))
            )
        )


async def restarted(node: Node) -> Node:
    await node.close()
    return Node(ManualClock(), node.shelf)


def whole(shelf: Shelf) -> Room:
    """Fold everything."""
    room = Room(PARTY)
    for record in shelf.log.all(PARTY):
        room.follow(record)
    return room


def the_same(one: Room, other: Room) -> bool:
    return (one.state, one.epoch, one.after(one.seq - 400), one.commands()) == (
        other.state,
        other.epoch,
        other.after(other.seq - 400),
        other.commands(),
    )


@pytest.mark.gen_test
@pytest.mark.parametrize("words", [EVERY - 3, EVERY - 2, EVERY + 7, 3 * EVERY + 123])
async def test_a_party_opened_from_a_snapshot_is_the_one_folded_from_everything(words: int) -> None:
    node = await opened()
    await chatted(node, words)
    node = await restarted(node)
    room = await node.engine.room(PARTY)
    assert the_same(room, whole(node.shelf))
    assert len(node.shelf.snapshots.rows) == (words + 2) // EVERY
    await node.close()


@pytest.mark.gen_test
async def test_opening_a_long_party_reads_a_thousand_events_at_most() -> None:
    node = await opened()
    await chatted(node, 10_000)
    node = await restarted(node)
    node.shelf.log.records_read = 0
    assert (await node.engine.room(PARTY)).seq == 10_002
    assert node.shelf.log.records_read <= FRAMES_KEPT + EVERY
    await node.close()


@pytest.mark.gen_test
async def test_a_command_of_long_before_the_snapshot_has_its_effect_once() -> None:
    node = await opened()
    await node.engine.submit(PARTY, do.Join(), actor=BOB)
    await node.engine.submit(PARTY, do.Say(body="once"), actor=BOB, command_id="bob:first")
    await chatted(node, 4 * EVERY)
    node = await restarted(node)
    before = seqs(node.shelf)
    again = await node.engine.submit(PARTY, do.Say(body="once"), actor=BOB, command_id="bob:first")
    assert again.seq == 4
    assert seqs(node.shelf) == before
    await node.close()


@pytest.mark.gen_test
async def test_who_comes_back_from_before_the_snapshot_gets_what_they_missed() -> None:
    node = await opened()
    _, welcome = await seated(node, "bob")
    await chatted(node, EVERY - 20)
    was = (await node.engine.room(PARTY)).seq
    await chatted(node, 300, start=EVERY)
    node = await restarted(node)
    resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": was}
    _, welcome = await seated(node, "bob", resume=resume)
    assert welcome["resumed"]
    assert [frame["seq"] for frame in welcome["missed"]] == list(range(was + 1, was + 301))
    await node.close()


@pytest.mark.gen_test
async def test_a_log_that_was_given_another_past_is_read_from_its_beginning_and_resumed_by_nobody() -> None:
    node = await opened()
    await chatted(node, EVERY)
    before = await node.engine.room(PARTY)
    await node.shelf.log.renew_epoch(PARTY)
    node = await restarted(node)
    node.shelf.log.records_read = 0
    room = await node.engine.room(PARTY)
    assert room.epoch != before.epoch
    assert node.shelf.log.records_read == room.seq
    await node.close()


@pytest.mark.gen_test
@pytest.mark.parametrize("damaged", [b"", b"nonsense", packed(Content(Stage().state, ()))[:-9]])
async def test_a_damaged_snapshot_is_passed_over(damaged: bytes, logs: ExpectedLogs) -> None:
    node = await opened()
    await chatted(node, EVERY)
    node = await restarted(node)
    (row,) = node.shelf.snapshots.rows.values()
    row.content = damaged
    with logs.expect("snapshot_unreadable"):
        room = await node.engine.room(PARTY)
    assert the_same(room, whole(node.shelf))
    await node.close()


@pytest.mark.gen_test
async def test_a_snapshot_that_cannot_be_kept_is_made_up_for_by_the_next_reader() -> None:
    node = await opened()
    node.shelf.snapshots.lose = 9
    await chatted(node, 3 * EVERY)
    node = await restarted(node)
    assert node.shelf.snapshots.rows == {}
    node.shelf.snapshots.lose = 0
    await node.engine.room(PARTY)
    node = await restarted(node)
    node.shelf.log.records_read = 0
    assert the_same(await node.engine.room(PARTY), whole(node.shelf))
    assert node.shelf.log.records_read <= FRAMES_KEPT + EVERY
    await node.close()


@pytest.mark.gen_test
async def test_a_snapshot_of_a_log_that_goes_on_otherwise_is_not_used() -> None:
    node = await opened()
    await chatted(node, EVERY)
    node = await restarted(node)
    (row,) = node.shelf.snapshots.rows.values()
    row.event_id = "of what this log held once"
    assert the_same(await node.engine.room(PARTY), whole(node.shelf))
    row.event_id, row.seq = node.shelf.log.all(PARTY)[-1].event_id, 10**6
    node = await restarted(node)
    assert the_same(await node.engine.room(PARTY), whole(node.shelf))
    await node.close()


@pytest.mark.gen_test
async def test_a_node_that_holds_a_past_that_is_over_keeps_nothing_of_it_and_opens_the_party_anew() -> None:
    node = await opened()
    await chatted(node, EVERY - 10)
    before = await node.engine.room(PARTY)
    await node.shelf.log.renew_epoch(PARTY)  # and the word of it was lost
    await chatted(node, 20, start=EVERY)
    await node.engine._rooms._snapshots.close()
    assert node.shelf.snapshots.rows == {}
    room = await node.engine.room(PARTY)
    assert room.epoch != before.epoch
    assert room.state == before.state
    await node.engine._rooms._snapshots.close()
    assert {row.epoch for row in node.shelf.snapshots.rows.values()} == {room.epoch}, "that one is kept at once"
    await node.close()


@pytest.mark.gen_test
async def test_commits_that_step_over_the_mark_are_kept_too_and_only_by_who_wrote_them() -> None:
    bus = MemoryBus()
    one = await opened(bus=bus)
    two = Node(ManualClock(), one.shelf, bus)
    await two.engine.room(PARTY)
    for n in range(8):
        said = [one.engine.submit(PARTY, do.Say(body=str(m)), actor=ANN) for m in range(61)]
        await asyncio.gather(*said)
        await two.engine.heal(PARTY)
        assert (await two.engine.room(PARTY)).seq == 2 + 61 * (n + 1)
    await asyncio.gather(*(node.engine._rooms._snapshots.close() for node in (one, two)))
    assert one.shelf.snapshots.asked == 1
    assert [EVERY <= row.seq < EVERY + 64 for row in one.shelf.snapshots.rows.values()] == [True]
    await one.close()
    await two.close()


def test_another_shape_of_the_state_has_another_version() -> None:
    """A field more, or one of another kind: raise `VERSION`, unless older snapshots mean the same with its default."""
    shape = msgspec.json.encode(msgspec.json.schema(PartyState), order="sorted")
    assert (VERSION, hashlib.sha256(shape).hexdigest()[:16]) == (3, SHAPE)
