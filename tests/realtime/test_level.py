"""Who stands level is not looked at: whatever happens, everybody hears all of the log, in order, and nobody else's."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.iostream import IOStream

from realtime import casting
from realtime.blocks import Blocks
from realtime.casting import Cast
from realtime.channel import Channel
from realtime.direct import DirectWire, Turn
from realtime.level import Level
from realtime.taken import TakenStream
from realtime.wire import Joining, Outgoing
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.joining import JoiningWire, payloads
from tests.fakes.rings import ring_or_skip
from tests.realtime.test_channel import chat
from tests.realtime.test_small_parts import Ear

MEMBERS = 12
STEPS = 400


class Kept(JoiningWire):
    def keep(self, payload: bytes) -> None:
        """Forget it."""


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())))
def test_the_columns_are_those_who_came_and_have_not_left(happened: list[tuple[int, bool]]) -> None:
    left: list[int] = []
    level: Level[int] = Level(left.append)
    wires: dict[int, Joining] = {}
    expected_left = []
    for member, comes in happened:
        if comes and member not in wires:
            wires[member] = Kept()
            level.add(member, wires[member], 100 + member)
        elif not comes:
            if (wire := wires.pop(member, None)) is not None:
                expected_left.append(member)
                assert wire.apart is not None
                wire.apart()
                assert wire.apart is None
            level.leave(member)
        piece = SimpleNamespace(wires=[], descriptors=[])
        level.join(piece)  # type: ignore[arg-type]
        assert sorted(level.members) == sorted(wires)
        assert piece.wires == [wires[each] for each in level.members]
        assert piece.descriptors == [100 + each for each in level.members]
    assert left == expected_left


class Member(Ear):
    """A listener with a wire on a real socket, and what its peer must have heard."""

    def __init__(self, name: str, turn: Turn, clock: ManualClock, position: int) -> None:
        super().__init__(name)
        self.position = position
        self.expected: list[bytes] = []
        self.got = b""
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.stream = TakenStream(IOStream(ours))
        handler = SimpleNamespace(close=lambda _code, _reason: None)
        self.wire = DirectWire(handler, self.stream, clock, turn)  # type: ignore[arg-type]
        self.put = self.wire.put  # type: ignore[method-assign]

    def deliver(self, outgoing: Outgoing) -> None:
        self.wire.send(outgoing)

    def read(self, most: int = 1_000_000) -> None:
        with suppress(BlockingIOError):
            self.got += self.theirs.recv(most)

    def came(self) -> list[bytes]:
        return [b"hidden" if b"hidden" in payload else payload for payload in payloads(self.got)]


class World:
    """A channel whose members come, go, are told things alone, block somebody and read slowly."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = ManualClock()
        self.cast = Cast()
        self.turn = Turn(self.cast)
        self.channel = Channel("p")
        self.channel.position = 0
        self.everybody: list[Member] = []
        self.here: list[Member] = []
        self.strangers: list[socket.socket] = []
        self.levels = self.answered = 0

    def come(self) -> None:
        member = Member(f"m{len(self.everybody)}", self.turn, self.clock, self.channel.position or 0)
        self.channel.add(member)
        self.everybody.append(member)
        self.here.append(member)

    def go(self) -> None:
        member = self.here.pop(self.chance.randrange(len(self.here)))
        if self.chance.random() < 0.5:
            member.theirs.close()  # what is sent to it finds out
            return
        if self.chance.random() < 0.5:  # the hub hears of it first, or later
            self.channel.discard(member)
        member.stream.close()
        for stranger in socket.socketpair():  # one of them has the number of the closed one
            stranger.setblocking(False)
            self.strangers.append(stranger)

    def say(self) -> None:
        seq = (self.channel.position or 0) + 1
        message = chat(seq, author_id=self.chance.choice(["ann", "bob", None]))
        self.channel.hold(message)
        self.channel.due = self.channel.due or self.chance.random() < 0.7
        for member in self.here:
            hidden = message.author_id in member.blocks.blocked
            member.expected.append(b"hidden" if hidden else message.frame)

    def tell(self) -> None:
        self.flush()
        message = chat(0, author_id=self.chance.choice(["ann", "bob"]))
        self.channel.tell(message, self.cast.lay)
        self.cast.go()
        for member in self.here:
            if message.author_id not in member.blocks.blocked:
                member.expected.append(message.frame)

    def answer(self) -> None:
        member = self.chance.choice(self.here)
        self.channel.answer(member, Outgoing(b"ok"))
        member.expected.append(b"ok")
        self.answered += member in self.channel._answers

    def converse(self) -> None:
        """Say something and have an answer, as its author does."""
        self.say()
        self.channel.due = True
        self.answer()

    def alone(self) -> None:
        """Give somebody something without asking the channel, as an announcement does: it comes behind an answer."""
        member = self.chance.choice(self.here)
        if member in self.channel._answers or not self.channel._held:
            member.deliver(Outgoing(b"alone"))
            member.expected.append(b"alone")

    def block(self) -> None:
        member = self.chance.choice(self.here)
        self.flush()
        member.blocks = Blocks(blocked=frozenset(self.chance.choice([(), ("ann",)])))
        self.channel.stand_apart(member)

    def pong(self) -> None:
        """Write past the wire, as Tornado does."""
        member = self.chance.choice(self.here)
        self.flush()
        if not member.wire._given and not member.stream.parts and not member.wire._under_way:
            outgoing = Outgoing(b"pong" * self.chance.choice([1, 100_000]))
            member.stream.write(outgoing.packed)
            member.expected.append(outgoing.payload)

    def flush(self) -> None:
        self.channel.flush(self.cast.lay)
        self.cast.go()
        self.levels += len(self.channel._level.members)

    def read(self) -> None:
        for member in self.here:
            if self.chance.random() < 0.3:
                member.read(self.chance.choice([10, 1000, 100_000]))

    async def step(self) -> None:
        kinds = (
            [self.say] * 6
            + [self.flush] * 4
            + [self.converse] * 3
            + [self.tell, self.answer, self.alone, self.read, self.pong, self.block]
        )
        if len(self.here) < MEMBERS:
            kinds += [self.come]
        if len(self.here) > MEMBERS // 2:
            kinds += [self.go]
        self.chance.choice(kinds)()
        level = set(self.channel._level.members)
        assert not level & self.channel._apart
        assert level | self.channel._apart == self.channel.listeners
        if self.chance.random() < 0.5:
            await settle()  # the end of a turn
            self.flush()

    async def read_out(self) -> None:
        self.flush()
        for _ in range(200):
            await settle()
            for member in self.here:
                member.read()

    def close(self) -> None:
        for member in self.everybody:
            member.stream.close()
            member.theirs.close()
        for stranger in self.strangers:
            stranger.close()
        self.cast.close()


@contextmanager
def world_of(seed: int) -> Iterator[World]:
    world = World(seed)
    try:
        yield world
    finally:
        world.close()


@pytest.mark.parametrize("by_ring", [False, True], ids=["one by one", "by the ring"])
@pytest.mark.gen_test(timeout=60)
async def test_everybody_hears_all_in_order_however_they_come_go_and_read(
    monkeypatch: pytest.MonkeyPatch,
    logs: ExpectedLogs,
    by_ring: bool,
) -> None:
    if by_ring:
        ring_or_skip().close()
    monkeypatch.setattr(casting, "FEWEST", 1 if by_ring else 1_000_000)
    for seed in range(6):
        with world_of(seed) as world:
            for _ in range(MEMBERS // 2):
                world.come()
            for _ in range(STEPS):
                await world.step()
            await world.read_out()
            assert world.levels > STEPS, "hardly anybody ever stood level"
            assert world.answered > STEPS // 50, "hardly any answer went out with what it answers"
            for member in world.here:
                assert member.came() == member.expected, (seed, member.member_id)
            for stranger in world.strangers:
                with pytest.raises(BlockingIOError):
                    stranger.recv(1)


@pytest.mark.gen_test
async def test_who_is_answered_and_closed_in_one_turn_hears_both_first() -> None:
    with world_of(0) as world:
        for _ in range(2):
            world.come()
        world.say()
        world.flush()
        world.say()
        world.channel.due = True
        member = world.here[0]
        world.channel.answer(member, Outgoing(b"ok"))
        assert member in world.channel._level
        member.wire.close(1000, "")
        member.read()
        assert member.came() == [*member.expected, b"ok"]
        assert member not in world.channel._level
