"""A node follows by the bus what another one writes; the log is read only where something is missing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from realtime.bus import Message
from realtime.hub import AWAY_TICKS, TOP_TICKS
from realtime.party import commands as do
from store.errors import Unavailable
from tests.fakes.clock import ManualClock, settle
from tests.fakes.engine import ANN, BOB, seqs
from tests.fakes.lossy_network import Network
from tests.fakes.node import PARTY, Node
from tests.fakes.seats import ask, seated


@asynccontextmanager
async def two_nodes(network: Network) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes over one log, both of which hold the party."""
    clock = ManualClock()
    one = Node(clock, bus=network.bus())
    await one.create()
    other = Node(clock, one.shelf, network.bus())
    await one.engine.submit(PARTY, do.Join(), actor=ANN)
    await other.engine.submit(PARTY, do.Join(), actor=BOB)
    network.arrive()
    await one.engine.room(PARTY)
    one.shelf.log.records_read = 0
    yield one, other
    await one.close()
    await other.close()


@pytest.mark.gen_test
async def test_what_the_bus_brings_needs_no_reading() -> None:
    network = Network()
    async with two_nodes(network) as (one, other):
        for n in range(20):
            await one.engine.submit(PARTY, do.Say(body=f"{n}"), actor=ANN, command_id=f"{ANN.session_id}:{n}")
            network.arrive()
            await other.engine.submit(PARTY, do.Say(body=f"{n}"), actor=BOB)
            network.arrive()
        assert one.shelf.log.records_read == 0
        assert await one.engine.state(PARTY) == await other.engine.state(PARTY)
        again = await other.engine.submit(PARTY, do.Say(body="0"), actor=ANN, command_id=f"{ANN.session_id}:0")
        assert again.seq == 4, "a retry that lands on the other node has its effect once"
        rooms = [await node.engine.room(PARTY) for node in (one, other)]
        assert [encoded.frame for encoded in rooms[0].after(3) or ()] == [
            encoded.frame for encoded in rooms[1].after(3) or ()
        ]


@pytest.mark.gen_test
async def test_what_was_lost_or_comes_from_another_version_is_read() -> None:
    network = Network()
    async with two_nodes(network) as (one, other):
        await one.engine.submit(PARTY, do.Say(body="lost"), actor=ANN)
        network.arrive(lost=lambda _message: True)
        await one.engine.submit(PARTY, do.Say(body="heard"), actor=ANN)
        network.arrive()
        assert (await other.engine.state(PARTY)).seq == 5
        assert one.shelf.log.records_read == 2
        await one.engine.submit(PARTY, do.Say(body="without a record"), actor=ANN)
        network.under_way = [(bus, msgspec.structs.replace(each, record=b"")) for bus, each in network.under_way]
        network.arrive()
        await one.engine.submit(PARTY, do.Say(body="with a strange one"), actor=ANN)
        network.under_way = [(bus, msgspec.structs.replace(each, record=b"\x81")) for bus, each in network.under_way]
        network.arrive()
        assert await other.engine.state(PARTY) == await one.engine.state(PARTY)


@pytest.mark.gen_test
async def test_who_reads_the_log_does_not_tell_other_nodes_what_they_were_told_before() -> None:
    network = Network()
    async with two_nodes(network) as (one, other):
        await one.engine.submit(PARTY, do.Say(body="lost"), actor=ANN)
        network.arrive(lost=lambda _message: True)
        here: list[Message] = []
        other.bus.subscribe(PARTY, here.append)
        await other.engine.heal(PARTY)
        assert [message.seq for message in here] == [4]
        assert network.under_way == []


@pytest.mark.gen_test
async def test_a_commit_of_which_nobody_knew_is_told_by_its_writer_once_it_is_found() -> None:
    network = Network()
    async with two_nodes(network) as (one, other):
        one.shelf.log.lose_after = 1
        with pytest.raises(Unavailable):
            await one.engine.submit(PARTY, do.Say(body="landed"), actor=ANN, command_id="s:1")
        network.arrive()
        assert (await one.engine.submit(PARTY, do.Say(body="landed"), actor=ANN, command_id="s:1")).seq == 4
        heard: list[int | None] = []
        other.bus.subscribe(PARTY, lambda message: heard.append(message.seq))
        network.arrive()
        assert heard == [4]


@pytest.mark.gen_test
async def test_our_commit_that_a_reader_found_first_is_told_elsewhere_all_the_same() -> None:
    network = Network()
    async with two_nodes(network) as (one, other):
        late = one.shelf.log.late_answer = asyncio.Event()
        task = asyncio.create_task(one.engine.submit(PARTY, do.Say(body="slow"), actor=ANN))
        await settle()
        await one.engine.heal(PARTY)
        network.arrive()
        late.set()
        await task
        one.shelf.log.records_read = 0
        network.arrive()
        assert (await other.engine.state(PARTY)).seq == 4
        assert one.shelf.log.records_read == 0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.gen_test
async def test_two_nodes_that_write_at_once_over_a_bad_network_never_differ(seed: int) -> None:
    chance, network = random.Random(seed), Network()
    async with two_nodes(network) as (one, other):

        async def talk(node: Node, who: str) -> None:
            for n in range(40):
                await node.engine.submit(PARTY, do.Say(body=f"{who}{n}"), actor=ANN, command_id=f"{who}:{n}")
                network.muddle(chance, loss=0.2, double=0.2)

        await asyncio.gather(talk(one, "a"), talk(other, "b"), talk(one, "c"))
        await one.engine.heal(PARTY)
        await other.engine.heal(PARTY)
        assert seqs(one.shelf) == list(range(1, 3 + 120 + 1)), f"seed {seed}"
        assert await one.engine.state(PARTY) == await other.engine.state(PARTY)


@pytest.mark.gen_test
async def test_while_the_bus_is_away_whoever_only_listens_hears_within_five_seconds() -> None:
    network, clock = Network(), ManualClock()
    one = Node(clock, bus=network.bus())
    await one.create()
    away = network.bus()
    other = Node(clock, one.shelf, away)
    one.start()
    other.start()
    ann, _ = await seated(one, "ann")
    bob, _ = await seated(other, "bob")
    network.arrive()
    await settle()
    away.connected = False
    assert (await ask(ann, t="chat.send", body="anybody there?"))["t"] == "ok"
    network.arrive(lost=lambda _message: True)
    bob.take()
    await clock.advance(AWAY_TICKS)
    assert [frame["message"]["body"] for frame in bob.take("chat")] == ["anybody there?"]
    away.connected = True
    assert (await ask(ann, t="chat.send", body="and now?"))["t"] == "ok"
    network.arrive(lost=lambda _message: True)
    await clock.advance(2 * AWAY_TICKS)
    assert bob.take("chat") == []
    await clock.advance(TOP_TICKS)
    assert [frame["message"]["body"] for frame in bob.take("chat")] == ["and now?"]
    await one.close()
    await other.close()
