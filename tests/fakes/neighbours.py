"""Two nodes of one process that tell each other what they would over a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from realtime.bus.memory import MemoryBus
from realtime.gathering import Gathering
from tests.fakes.clock import ManualClock
from tests.fakes.node import Node


class SharedBus(MemoryBus):
    """Says that there may be others, so that everything is told to them."""

    alone = False


class Neighbour:
    """A node that tells the others who is there."""

    def __init__(self, name: str, clock: ManualClock, other: Node | None = None) -> None:
        self.node = Node(clock, other.shelf if other else None, other.bus if other else SharedBus())
        self.gathering = Gathering(presence=self.node.presence, bus=self.node.bus, node_id=name, clock=clock)
        self.node.hub.gathered = self.node.hub.porch.gathered = self.gathering.changed

    def start(self) -> None:
        self.node.start()
        self.gathering.start()

    def fall_silent(self) -> None:
        """Say nothing any more, not even goodbye, as after a crash."""
        self.gathering.changed = lambda _party_id, _member_ids=(): None  # type: ignore[method-assign]
        self.gathering._parties.clear()
        self.node.hub.gathered = self.node.hub.porch.gathered = self.gathering.changed

    async def close(self) -> None:
        await self.gathering.close()
        await self.node.close()


@asynccontextmanager
async def neighbours(clock: ManualClock) -> AsyncIterator[tuple[Neighbour, Neighbour]]:
    one = Neighbour("one", clock)
    two = Neighbour("two", clock, one.node)
    one.start()
    two.start()
    await one.node.create()
    yield one, two
    await one.close()
    await two.close()
