"""A node whose engine is asked directly."""

from realtime.bus import Bus
from realtime.party import commands as do
from realtime.party.context import Actor
from tests.fakes.clock import ManualClock
from tests.fakes.node import PARTY, Node, Shelf

ANN = Actor(user_id="ann", name="ann", session_id="s1")


BOB = Actor(user_id="bob", name="bob", session_id="s2")


def seqs(shelf: Shelf) -> list[int]:
    return [record.seq for record in shelf.log.all(PARTY)]


async def opened(clock: ManualClock | None = None, shelf: Shelf | None = None, bus: Bus | None = None) -> Node:
    node = Node(clock or ManualClock(), shelf, bus)
    await node.create()
    await node.engine.submit(PARTY, do.Join(), actor=ANN)
    return node
