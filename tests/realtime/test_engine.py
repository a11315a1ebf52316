"""The engine: durable before visible, one commit for what waits, one effect for one id."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import structlog

from realtime.bus import Message
from realtime.engine import Accepted
from realtime.party import commands as do
from realtime.party.refused import Refused
from store.documents import PartyEvent
from store.errors import Unavailable
from tests.fakes.clock import ManualClock, settle
from tests.fakes.engine import ANN, BOB, opened, seqs
from tests.fakes.node import PARTY, Node, Shelf
from tests.fakes.storage import MemoryPartyLog


@pytest.mark.gen_test
async def test_a_command_is_durable_before_anybody_sees_it() -> None:
    node = await opened()
    heard: list[Message] = []
    node.bus.subscribe(PARTY, heard.append)
    gate = node.shelf.log.gate = asyncio.Event()
    task = asyncio.create_task(node.engine.submit(PARTY, do.Play(), actor=ANN))
    await settle()
    assert heard == []
    assert not task.done()
    assert (await node.engine.state(PARTY)).status == "lobby"
    gate.set()
    accepted = await task
    assert [message.kind for message in heard] == ["party.started", "playback"]
    assert [message.seq for message in heard] == [3, 4]
    assert accepted.seq == 4
    await node.close()


@pytest.mark.gen_test
async def test_what_waits_in_a_party_becomes_one_commit() -> None:
    node = await opened()
    before = node.shelf.log.appends
    commands = [node.engine.submit(PARTY, do.Say(body=f"m{n}"), actor=ANN) for n in range(50)]
    accepted = await asyncio.gather(*commands)
    assert [answer.seq for answer in accepted] == list(range(3, 53))
    assert node.shelf.log.appends - before <= 2
    assert [message.body for message in (await node.engine.state(PARTY)).chat] == [f"m{n}" for n in range(50)]
    await node.close()


class SlowFor(MemoryPartyLog):
    """Keeps some parties waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.parties: set[str] = set()
        self.opened = asyncio.Event()

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        if party_id in self.parties:
            await self.opened.wait()
        await super().append(party_id, expected_seq, events)


@pytest.mark.gen_test
async def test_a_party_that_waits_for_storage_holds_up_no_other() -> None:
    shelf = Shelf()
    shelf.log = log = SlowFor()
    node = Node(ManualClock(), shelf)
    names = [f"{number:032x}" for number in range(9)]
    for number, name in enumerate(names):
        await node.create(name, f"ABCD234{number}")
        await node.engine.submit(name, do.Join(), actor=ANN)
    log.parties |= set(names[::3])  # the first of all, and some between the others
    said = [asyncio.create_task(node.engine.submit(name, do.Say(body="hi"), actor=ANN)) for name in names]
    await settle()
    assert [task.done() for task in said] == [name not in log.parties for name in names]
    again = [asyncio.create_task(node.engine.submit(name, do.Say(body="on"), actor=ANN)) for name in reversed(names)]
    await settle()
    assert [task.done() for task in again] == [name not in log.parties for name in reversed(names)]
    closing = asyncio.create_task(node.engine.close())
    await settle()
    assert not closing.done(), "what was taken on is under way"
    log.opened.set()
    await closing
    assert [(await task).seq for task in said] == [3] * len(names)
    assert {(await task).seq for task in again} == {4}
    await node.close()


@pytest.mark.gen_test
async def test_what_is_done_for_many_is_logged_in_nobodys_name() -> None:
    node = await opened()
    seen: list[dict[str, Any]] = []
    node.engine.committed = lambda _party_id, _records: seen.append(structlog.contextvars.get_contextvars())
    with structlog.contextvars.bound_contextvars(connection_id="ann's"):
        await node.engine.submit(PARTY, do.Say(body="hi"), actor=ANN)
    assert seen == [{}]
    await node.close()


@pytest.mark.gen_test
async def test_more_than_a_commit_holds_goes_into_several() -> None:
    node = await opened()
    await asyncio.gather(*(node.engine.submit(PARTY, do.Say(body=str(n)), actor=ANN) for n in range(200)))
    assert seqs(node.shelf) == list(range(1, 203))
    await node.close()


@pytest.mark.gen_test
async def test_a_refused_command_in_a_batch_leaves_the_others_alone() -> None:
    node = await opened()
    answers = await asyncio.gather(
        node.engine.submit(PARTY, do.Play(), actor=ANN),
        node.engine.submit(PARTY, do.Play(), actor=BOB),
        node.engine.submit(PARTY, do.Say(body="hi"), actor=ANN),
        return_exceptions=True,
    )
    assert isinstance(answers[1], Refused)
    assert [answer.seq for answer in (answers[0], answers[2]) if isinstance(answer, Accepted)] == [4, 5]
    await node.close()


@pytest.mark.gen_test
async def test_the_same_command_id_has_effect_once_and_is_answered_the_same() -> None:
    node = await opened()
    say = do.Say(body="once")
    first, second = await asyncio.gather(
        node.engine.submit(PARTY, say, actor=ANN, command_id="s1:1"),
        node.engine.submit(PARTY, say, actor=ANN, command_id="s1:1"),
    )
    third = await node.engine.submit(PARTY, say, actor=ANN, command_id="s1:1")
    assert first.seq == second.seq == third.seq == 3
    assert seqs(node.shelf) == [1, 2, 3]
    await node.close()


@pytest.mark.gen_test
async def test_a_command_of_several_events_is_answered_with_its_last_seq_after_a_restart_too() -> None:
    node = await opened()
    first = await node.engine.submit(PARTY, do.Play(), actor=ANN, command_id="s1:1")
    await node.close()
    again = Node(ManualClock(), node.shelf)
    answer = await again.engine.submit(PARTY, do.Play(), actor=ANN, command_id="s1:1")
    assert answer.seq == first.seq == 4
    assert seqs(again.shelf) == [1, 2, 3, 4]
    await again.close()


@pytest.mark.gen_test
async def test_a_write_whose_answer_was_lost_is_refused_and_its_retry_finds_it() -> None:
    node = await opened()
    node.shelf.log.lose_after = 1
    with pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Say(body="did it land?"), actor=ANN, command_id="s1:7")
    answer = await node.engine.submit(PARTY, do.Say(body="did it land?"), actor=ANN, command_id="s1:7")
    assert answer.seq == 3
    assert seqs(node.shelf) == [1, 2, 3]
    await node.close()


@pytest.mark.gen_test
async def test_what_landed_unheard_is_shown_to_everybody_at_the_next_command() -> None:
    node = await opened()
    heard: list[Message] = []
    node.bus.subscribe(PARTY, heard.append)
    node.shelf.log.lose_after = 1
    with pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Say(body="first"), actor=ANN)
    await node.engine.submit(PARTY, do.Say(body="second"), actor=ANN)
    assert [message.seq for message in heard] == [3, 4]
    await node.close()


@pytest.mark.gen_test
async def test_a_write_that_never_landed_is_refused_and_its_retry_is_done() -> None:
    node = await opened()
    node.shelf.log.lose_before = 1
    with pytest.raises(Unavailable):
        await node.engine.submit(PARTY, do.Say(body="hello"), actor=ANN, command_id="s1:7")
    assert not (await node.engine.state(PARTY)).chat
    answer = await node.engine.submit(PARTY, do.Say(body="hello"), actor=ANN, command_id="s1:7")
    assert answer.seq == 3
    await node.close()


@pytest.mark.gen_test
async def test_nothing_is_decided_on_a_state_that_cannot_be_read() -> None:
    node = await opened()
    node.shelf.log.lose_after, node.shelf.log.refuse_reads = 1, 2
    for _ in range(3):
        with pytest.raises(Unavailable):
            await node.engine.submit(PARTY, do.Say(body="x"), actor=ANN, command_id="s1:7")
    assert (await node.engine.submit(PARTY, do.Say(body="x"), actor=ANN, command_id="s1:7")).seq == 3
    await node.close()
