"""How connections end, by their own fault or ours, and what the others notice."""

import asyncio
from typing import Any

import pytest

from realtime.bus.memory import MemoryBus
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.room import FRAMES_KEPT
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Node, Seat
from tests.fakes.seats import a_node, ask, seated


@pytest.mark.gen_test
async def test_a_slow_reader_is_closed_with_4029_and_the_others_are_not() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        gus, _ = await seated(node, "Gus")
        gus.wire.slow_down(clock.now_ms())
        await clock.advance(4)
        assert gus.code is None
        await clock.advance(2)
        assert (gus.code, ann.code) == (4029, None)
        assert node.presence.count(PARTY) == 1


@pytest.mark.gen_test
async def test_an_expired_credential_is_asked_to_come_back_fresh() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        node.shelf.credentials.expires_ms = clock.now_ms() + 30_000
        ann, _ = await seated(node, "ann")
        await clock.advance(29)
        assert ann.code is None
        await clock.advance(2)
        assert ann.code == 4031


@pytest.mark.gen_test
async def test_a_revoked_login_loses_its_connections() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        node.hub.close_family("family-ann")
        assert (ann.code, bob.code) == (4501, None)


@pytest.mark.gen_test
async def test_silence_ends_a_connection_and_leaves_the_member_offline() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        await clock.advance(16)
        assert ann.take("ping")
        assert node.presence.count(PARTY) == 1
        await clock.advance(30)
        assert ann.code == 4008
        assert (node.presence.count(PARTY), node.hub.connections()) == (0, 0), "nobody waited for a dead peer's goodbye"
        ann.drop()
        assert node.hub.connections() == 0


@pytest.mark.gen_test
async def test_a_socket_that_is_lost_during_hello_leaves_nothing_behind() -> None:
    async with a_node() as node:
        for turns in range(12):
            seat = Seat(node)
            seat.send(t="hello", guest=f"Ghost {turns}")
            await settle(turns)
            seat.drop()
            await settle(40)
        assert node.hub.connections() == 0
        assert node.presence.count(PARTY) == 0
        assert node.presence.connected(PARTY) == frozenset()


@pytest.mark.gen_test
async def test_a_lost_message_of_the_bus_is_healed_from_the_log() -> None:
    clock = ManualClock()

    class Leaky(MemoryBus):
        lost = 0

        def publish(self, message: Any) -> None:
            if self.lost and message.seq is not None:
                self.lost -= 1
                return
            super().publish(message)

    bus = Leaky()
    one = Node(clock, bus=bus)
    one.start()
    await one.create()
    two = Node(clock, one.shelf, bus)
    two.start()
    ann, _ = await seated(one, "ann")
    gus, welcome = await seated(two, "Gus")
    bus.lost = 2
    for n in range(3):
        await ask(ann, t="chat.send", body=str(n))
    await settle(60)
    assert [frame["seq"] for frame in gus.take("chat")] == [welcome["seq"] + n for n in (1, 2, 3)]
    bus.lost = 1
    ann.send(t="chat.send", body="the last one")
    await settle(40)
    assert gus.take("chat") == []
    for _ in range(31):
        await clock.advance(1)
        gus.send(t="pong")
    assert [frame["message"]["body"] for frame in gus.take("chat")] == ["the last one"]
    await one.close()
    await two.close()


@pytest.mark.gen_test
async def test_who_is_further_behind_than_a_node_remembers_is_told_to_come_back() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        deaf = Node(clock, node.shelf)
        for n in range(FRAMES_KEPT + 1):
            await deaf.engine.submit(PARTY, do.Say(body=f"word {n}"), actor=Actor(user_id="ann", name="ann"))
        await node.engine.reopen(PARTY)  # as where its log was rewritten
        node.hub.doubt()
        await settle(80)
        assert ann.code == 4032
        await deaf.close()


@pytest.mark.gen_test
async def test_a_drained_node_sends_everybody_elsewhere() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        waiting = Seat(node)
        drained = asyncio.create_task(node.hub.drain())
        await clock.advance(1)
        await drained
        assert (ann.code, waiting.code) == (1012, 1012)
        assert node.hub.draining


@pytest.mark.gen_test
async def test_who_never_answers_the_close_has_left_all_the_same_and_once() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        Seat(node)
        drained = asyncio.create_task(node.hub.drain())
        await clock.advance(1)
        await drained
        assert node.hub.connections() == 2
        node.hub.abandon()
        ann.drop()
        await settle()
        assert (node.hub.connections(), len(node.shelf.events.of("party.left"))) == (0, 1)


@pytest.mark.gen_test
async def test_a_fault_of_ours_closes_with_1011_and_is_logged(logs: ExpectedLogs) -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")

        async def broken(*_args: object, **_kwargs: object) -> None:
            raise ZeroDivisionError

        node.shelf.facts.video = broken
        with logs.expect("connection_failed"):
            ann.send(t="queue.add", video_id="film")
            await settle(40)
        assert ann.code == 1011
