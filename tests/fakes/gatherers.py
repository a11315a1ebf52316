"""As much of a node as tells the others who is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conf.clock import Clock
from realtime.bus import Bus
from realtime.gathering import Gathering
from realtime.presence import Presence
from realtime.protocol import StatusReport
from tests.fakes.clock import ManualClock, settle
from tests.fakes.lossy_network import Network

PARTY = "p"


class Gatherer:
    """A node with members in one party."""

    def __init__(self, name: str, bus: Bus, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.presence = Presence()
        self.gathering = Gathering(presence=self.presence, bus=bus, node_id=name, clock=clock)
        self.gathering.start()

    def come(self, *members: str) -> None:
        for member in members:
            self.presence.enter(PARTY, member, self.name, self.clock.now_ms())
        self.gathering.changed(PARTY, members)

    def go(self, *members: str) -> None:
        for member in members:
            self.presence.leave(PARTY, member, self.name)
        self.gathering.changed(PARTY, members)

    def report(self, member: str, drift_ms: float) -> None:
        status = StatusReport(state="playing", position_ms=0, drift_ms=drift_ms, rtt_ms=1.0)
        self.presence.report(PARTY, member, self.name, status, self.clock.now_ms())
        self.gathering.changed(PARTY, [member])

    def sees(self) -> dict[str, float | None]:
        return {member: shown["drift_ms"] for member, shown in self.presence.statuses(PARTY).items()}


@asynccontextmanager
async def two(clock: ManualClock, network: Network) -> AsyncIterator[tuple[Gatherer, Gatherer]]:
    nodes = Gatherer("one", network.bus(), clock), Gatherer("two", network.bus(), clock)
    await settle()  # their ticks begin
    yield nodes
    for node in nodes:
        await node.gathering.close()
