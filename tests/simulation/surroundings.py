"""What nodes stand on in the simulation, each part as bad as it can be within its promise: clocks, the bus, the log."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from realtime.bus import Message
from realtime.bus.memory import MemoryBus
from store.documents import PartyEvent
from store.errors import Unavailable
from tests.fakes.clock import ManualClock
from tests.fakes.storage import MemoryPartyLog


class SkewedClock:
    """The clock of one node: as fast as the world's, and some seconds off it. It never runs backwards."""

    def __init__(self, world: ManualClock, offset_ms: float) -> None:
        self._world = world
        self._offset_ms = offset_ms

    def jump(self, ms: float) -> None:
        """Run ahead at once, as a clock that is set."""
        self._offset_ms += ms

    def now_ms(self) -> float:
        return self._world.now_ms() + self._offset_ms

    async def sleep(self, seconds: float) -> None:
        await self._world.sleep(seconds)


class Ether:
    """Between the buses of all nodes: it loses, doubles, delays and so reorders, and goes away."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._buses: list[EtherBus] = []
        self._under_way: list[tuple[EtherBus, Message]] = []
        self.loses = 0.0
        self.doubles = 0.0
        self.delays = 0.0
        self.away = False

    def join(self, bus: "EtherBus") -> None:
        self._buses.append(bus)

    def leave(self, bus: "EtherBus") -> None:
        self._buses.remove(bus)
        self._under_way = [(to, message) for to, message in self._under_way if to is not bus]

    def send(self, source: "EtherBus", message: Message) -> None:
        for bus in self._buses:
            if bus is source or self.away or self._chance.random() < self.loses:
                continue
            for _ in range(1 + (self._chance.random() < self.doubles)):
                if self._chance.random() < self.delays:
                    self._under_way.append((bus, message))
                else:
                    bus.hear(message)

    def arrive(self, share: float = 1.0) -> None:
        """Let some of what is under way come, in any order."""
        self._chance.shuffle(self._under_way)
        n = round(len(self._under_way) * share)
        arriving, self._under_way = self._under_way[:n], self._under_way[n:]
        for bus, message in arriving:
            bus.hear(message)

    def mend(self) -> None:
        """Be a good bus again, and let everybody know that it was not."""
        self.loses = self.doubles = self.delays = 0.0
        self.away = False
        self.arrive()
        for bus in self._buses:
            bus.returned()


class EtherBus(MemoryBus):
    """One node's end: those here hear at once, the others through the ether."""

    alone = False

    def __init__(self, ether: Ether) -> None:
        super().__init__()
        self._ether: Ether | None = ether
        ether.join(self)

    def publish(self, message: Message) -> None:
        if self._ether is not None:
            super().publish(message)
            self._ether.send(self, message)

    def hear(self, message: Message) -> None:
        super().publish(message)

    def die(self) -> None:
        """Say and hear nothing any more."""
        if self._ether is not None:
            self._ether.leave(self)
            self._ether = None


class ChancyLog(MemoryPartyLog):
    """The log of all nodes: it takes its time, and may keep to itself whether it has stored something."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        await turns(self._chance.randrange(4))
        await super().append(party_id, expected_seq, events)
        await turns(self._chance.randrange(4))

    def mend(self) -> None:
        self.lose_before = self.lose_after = self.refuse_reads = 0


class LogOfANode:
    """One node's connection to the log. When the node dies, what is under way may have landed or not; it never hears."""

    def __init__(self, log: ChancyLog) -> None:
        self._log = log
        self._dead = False

    def die(self) -> None:
        self._dead = True

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        await self._alive(self._log.append(party_id, expected_seq, events))

    async def read(self, party_id: str, after: int = 0, limit: int | None = None) -> list[PartyEvent]:
        found: list[PartyEvent] = await self._alive(self._log.read(party_id, after, limit))
        return found

    async def epoch(self, party_id: str) -> str | None:
        found: str | None = await self._alive(self._log.epoch(party_id))
        return found

    async def _alive(self, call: Any) -> Any:
        if self._dead:
            call.close()
            raise Unavailable("the node is dead")
        found = await call
        if self._dead:
            raise Unavailable("the node is dead")
        return found


async def turns(n: int) -> None:
    for _ in range(n):
        await asyncio.sleep(0)
