"""A node of the simulation, on a clock and a bus of its own, and its death."""

from typing import Any

import msgspec

from tests.fakes.clock import ManualClock
from tests.fakes.joining import JoiningWire
from tests.fakes.node import CODE, Node, Shelf
from tests.simulation.surroundings import ChancyLog, Ether, EtherBus, LogOfANode, SkewedClock


class SimulatedNode(Node):
    def __init__(self, world: ManualClock, offset_ms: float, shelf: Shelf, ether: Ether, name: str) -> None:
        self.ether_bus = EtherBus(ether)
        self.skewed = SkewedClock(world, offset_ms)
        log: ChancyLog = shelf.log
        own = Shelf()
        vars(own).update(vars(shelf))
        self.own_log = own.log = LogOfANode(log)
        super().__init__(self.skewed, own, self.ether_bus, node_id=name)

    async def die(self) -> None:
        """Be gone at once: nothing is said any more, nothing heard, and what is under way is in doubt."""
        self.ether_bus.die()
        self.own_log.die()
        await self.close()


class RawWire(JoiningWire):
    """Keeps what was sent as it is, since most of it is sent to many."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[bytes] = []
        self.closed: int | None = None

    def keep(self, payload: bytes) -> None:
        self.came.append(payload)

    def close(self, code: int, reason: str) -> None:  # noqa: ARG002 - the code says it
        self.closed = self.closed or code
        self.step_apart()

    def behind(self, now_ms: float) -> bool:  # noqa: ARG002 - it never lags
        return False

    def take(self) -> list[bytes]:
        taken, self.came = self.came, []
        return taken


def encoded(frame: dict[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()


__all__ = ["CODE", "RawWire", "SimulatedNode", "encoded"]
