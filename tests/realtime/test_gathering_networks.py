"""Gatherings over networks that lose, double and reorder, and over a real nats-server that goes away."""

import asyncio
import random
from collections.abc import Iterator

import msgspec
import pytest

from conf.clock import SystemClock
from conf.metrics import NullMetrics
from realtime.bus.nats import connected
from realtime.roster import MOST_MEMBERS, Told
from tests.fakes.clock import ManualClock
from tests.fakes.gatherers import PARTY, Gatherer
from tests.fakes.lossy_network import Network
from tests.fakes.nats_server import NatsServer
from tests.fakes.serving import until

BOUND_BYTES = 512 * 1024
"""Half of what NATS takes."""


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.gen_test
async def test_whatever_the_network_does_all_agree_once_it_is_quiet(seed: int) -> None:
    chance, clock, network = random.Random(seed), ManualClock(), Network()
    nodes = [Gatherer(str(number), network.bus(), clock) for number in range(3)]
    there: list[set[str]] = [set() for _ in nodes]
    for _ in range(300):
        number = chance.randrange(3)
        node, members = nodes[number], there[number]
        what = chance.random()
        if what < 0.3:
            new = f"m{number}-{chance.randrange(20)}"
            if new not in members:
                members.add(new)
                node.come(new)
        elif what < 0.5 and members:
            gone = chance.choice(sorted(members))
            members.discard(gone)
            node.go(gone)
        elif what < 0.8 and members:
            node.report(chance.choice(sorted(members)), chance.randrange(100))
        elif what < 0.85 and members:
            members.clear()
            node.go(*list(node.presence.here(PARTY)))
        else:
            await clock.advance(chance.random() * 3)
        network.muddle(chance, loss=0.3, double=0.2)
    for number, node in enumerate(nodes):  # somebody stays everywhere, or a node would rightly not listen
        there[number].add(f"last{number}")
        node.come(f"last{number}")
    for _ in range(4):
        network.arrive()
        await clock.advance(10)
    network.arrive()
    expected = set().union(*there)
    assert [set(node.sees()) for node in nodes] == [expected] * 3, f"seed {seed}"
    assert nodes[0].sees() == nodes[1].sees() == nodes[2].sees()
    for node in nodes:
        await node.gathering.close()


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    server.start()
    yield server
    server.kill()


@pytest.mark.gen_test(timeout=30)
async def test_over_nats_a_party_of_five_thousand_is_known_and_an_outage_is_made_good(nats: NatsServer) -> None:
    clock = SystemClock()
    buses = [await connected(url=nats.url, namespace="gathering", metrics=NullMetrics()) for _ in range(2)]
    one, other = (Gatherer(str(number), bus, clock) for number, bus in enumerate(buses))
    for bus, node in zip(buses, (one, other), strict=True):
        bus.returned = node.gathering.tell_all
    everybody = {f"g{n:032}" for n in range(5_000)}
    other.come("cat")
    await buses[1].settled()
    one.come(*everybody)
    await until(lambda: set(other.sees()) == everybody | {"cat"} and "cat" in one.sees())
    nats.kill()
    one.go(*sorted(everybody)[:100])
    one.report(max(everybody), 4.0)
    await asyncio.sleep(0.1)
    assert len(other.sees()) == 5_001
    nats.start()
    await until(lambda: len(other.sees()) == 4_901 and other.sees()[max(everybody)] == 4.0)
    for node, bus in zip((one, other), buses, strict=True):
        await node.gathering.close()
        await bus.close()


def test_the_longest_message_fits() -> None:
    shown = {"status": "buffering", "drift_ms": -123456.789012345, "rtt_ms": 4999.999999999}
    told = Told(
        party_id="p" * 64,
        node_id="n" * 32,
        version=2**53,
        members={f"g{n:063}": shown for n in range(MOST_MEMBERS)},
    )
    assert len(msgspec.json.encode(told)) < BOUND_BYTES
