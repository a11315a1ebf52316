"""Two nodes of one process that tell each other what they would over a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from realtime.bus.memory import MemoryBus
from tests.fakes.clock import ManualClock
from tests.fakes.node import Node


class SharedBus(MemoryBus):
    """Says that there may be others, so that everything is told to them."""

    alone = False


class Neighbour(Node):
    def fall_silent(self) -> None:
        """Say nothing any more, not even goodbye, as after a crash."""
        self.hub.gathered = self.hub.porch.gathered = lambda _party_id, _member_ids=(): None
        self.gathering._parties.clear()


@asynccontextmanager
async def neighbours(clock: ManualClock) -> AsyncIterator[tuple[Neighbour, Neighbour]]:
    one = Neighbour(clock, bus=SharedBus(), node_id="one")
    two = Neighbour(clock, one.shelf, one.bus, node_id="two")
    one.start()
    two.start()
    await one.create()
    yield one, two
    await one.close()
    await two.close()
