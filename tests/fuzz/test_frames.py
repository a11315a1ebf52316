"""A million frames into whole connections of a live party: nothing raises, what is refused changes nothing, and all that was opened is closed."""

import asyncio
import random
import time
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from tornado.websocket import WebSocketClosedError

from realtime import errors
from realtime.connection import Connection
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.node import CODE, PARTY, Node
from tests.fakes.server import Server
from tests.fakes.serving import until
from tests.fuzz.frames import Frames
from tests.simulation.node import RawWire

pytestmark = pytest.mark.fuzz

NAMES = ("ann", "bob", "cat", "Gus")
FRAMES_OVER_SOCKETS = 2_000
FRAMES_OF_A_PARTY = 5_000
"""Then another party, if that one has not come to its end before: by `end`, or with half of them banned."""
Frame = dict[str, Any]


class Attacker:
    """A connection of somebody's, opened again whenever it is closed."""

    def __init__(self, name: str, node: Node, said: Counter[str]) -> None:
        self._name = name
        self._node = node
        self._said = said
        self._connection: Connection | None = None
        self._wire = RawWire()

    def open(self, *, polite: bool) -> None:
        """Connect; a polite one says hello."""
        self.close()
        self._wire = RawWire()
        self._connection = Connection(
            services=self._node.services, wire=self._wire, reference=CODE, connection_id=uuid.uuid4().hex
        )
        self._said["opened"] += 1
        if polite:
            who = {"guest": self._name} if self._name[0].isupper() else {"token": f"token-{self._name}"}
            self.say(msgspec.json.encode({"t": "hello", **who}).decode())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.closed()
            self._connection = None
            self._said["closed"] += 1

    @property
    def here(self) -> bool:
        return self._connection is not None and self._wire.closed is None

    def say(self, data: str | bytes) -> None:
        if self._connection is not None:
            self._connection.receive(data)

    def heard(self) -> list[Frame]:
        """Take what was answered; whoever was closed counts as such."""
        found = [msgspec.json.decode(payload) for payload in self._wire.take()]
        if self._wire.closed is not None and self._connection is not None:
            self._said[f"close {self._wire.closed}"] += 1
            self.close()
        return found


class Fuzz:
    """One party, and those who send it anything."""

    def __init__(self, chance: random.Random, said: Counter[str]) -> None:
        self._chance = chance
        self.said = said
        self.metrics = RecordingMetrics()
        self.node = Node(ManualClock(), metrics=self.metrics, frames_per_second=10**9)
        self._attackers = [Attacker(name, self.node, said) for name in NAMES]
        self._frames = Frames(chance, lambda: self.node.engine.peek(PARTY))
        self._sent = 0

    async def run(self, frames: int) -> int:
        """Send so many frames, or fewer where the party comes to its end; return how many."""
        self.node.start()
        await self.node.create()
        await settle()
        tasks = len(asyncio.all_tasks())
        while self._sent < frames and not self._over():
            attacker = self._chance.choice(self._attackers)
            if not attacker.here:
                attacker.open(polite=self._chance.random() < 0.8)
                await settle(30)
                attacker.heard()
            await self._send(attacker)
        for attacker in self._attackers:
            attacker.close()
        await settle(50)
        await self.node.clock.advance(1.0)  # type: ignore[attr-defined]
        assert self.node.hub.connections() == 0, "a connection is left"
        assert self.metrics.counts["ws.opened"] == self.metrics.counts["ws.closed"] > 0
        await self.node.clock.advance(70.0)  # type: ignore[attr-defined] # reactions of a minute are let go when it is over
        assert len(asyncio.all_tasks()) <= tasks, asyncio.all_tasks()
        await self.node.close()
        return self._sent

    def _over(self) -> bool:
        state = self.node.engine.peek(PARTY)
        return state is not None and (state.status == "ended" or len(state.bans) > 1)

    async def _send(self, attacker: Attacker) -> None:
        """Send one frame while nothing else is under way: what is refused has left everything as it was."""
        before, length = self.node.engine.peek(PARTY), self.node.shelf.log.top(PARTY)
        self._sent += 1
        attacker.say(self._frames.next())
        await settle(25)
        answers = attacker.heard()
        errors = [answer for answer in answers if answer["t"] == "error"]
        self.said.update(f"error {answer['code']}" for answer in errors)
        self.said.update(answer["t"] for answer in answers if answer["t"] in {"ok", "welcome", "clock", "pong"})
        if errors:
            assert self.node.engine.peek(PARTY) is before, f"a refused frame changed the party: {errors}"
            assert self.node.shelf.log.top(PARTY) == length
        if self._sent % 200 == 0:
            await self.node.clock.advance(1.0)  # type: ignore[attr-defined]
            for other in self._attackers:
                other.heard()


async def fuzzed(seed: int, frames: int) -> Counter[str]:
    chance, said = random.Random(seed), Counter[str]()
    while frames > 0:
        frames -= await Fuzz(chance, said).run(min(FRAMES_OF_A_PARTY, frames))
        said["parties"] += 1
    return said


def judged(seed: int, frames: int) -> Counter[str]:
    began = time.monotonic()
    try:
        said = asyncio.run(fuzzed(seed, frames))
    except BaseException:
        print(f"\nthe frames that failed: seed {seed}")
        raise
    print(f"\nseed {seed}: {frames:,} frames in {time.monotonic() - began:.0f} s: {dict(sorted(said.items()))}")
    assert said["opened"] == said["closed"]
    return said


@pytest.fixture(autouse=True)
def refusals(logs: ExpectedLogs) -> None:
    logs.allow("member_refused")


def test_no_frame_raises_and_none_that_is_refused_changes_anything() -> None:
    said = judged(seed=20_261_127, frames=20_000)
    assert said["ok"] > 500
    assert {"error invalid", "error bad_frame", "error forbidden", "error not_found", "error unknown_type"} <= set(said)


@pytest.mark.long
def test_a_million_frames() -> None:
    said = judged(seed=20_261_128, frames=1_000_000)
    assert said["ok"] > 10_000


@pytest.mark.websocket
@pytest.mark.gen_test(timeout=60)
async def test_the_same_over_real_sockets_hurts_nobody_else() -> None:
    before = asyncio.all_tasks()
    chance, server = random.Random(20_261_129), Server()
    await server.node.create()
    ann = await server.enter("ann")
    frames, codes = Frames(chance, lambda: server.node.engine.peek(PARTY)), Counter[int | None]()
    bob = await server.enter("bob")
    reading = asyncio.create_task(bob.closed())
    for _ in range(FRAMES_OVER_SOCKETS):
        data = frames.next()
        with suppress(WebSocketClosedError):  # text goes out as it is, be it UTF-8 or not
            await bob.socket.write_message(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
        await settle(3)
        if reading.done():
            codes[reading.result()] += 1
            bob = await server.connect()
            await bob.send(t="hello", token="token-bob")
            reading = asyncio.create_task(bob.closed())
    bob.socket.close()
    await reading
    assert codes[errors.NOT_OUR_PROTOCOL] + codes[errors.TOO_FAST_OR_SLOW] > 0, codes
    assert (await ann.ask(t="chat.send", body="still here"))["t"] == "ok"
    await server.close()
    assert server.node.hub.connections() == 0
    await until(lambda: asyncio.all_tasks() <= before)  # the server reads away what comes behind its own close
