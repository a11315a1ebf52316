from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from tests.fakes.clock import ManualClock
from tests.fakes.nats_server import NatsServer
from tests.fakes.party_server import ScriptedServer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(io_loop: IOLoop, clock: ManualClock) -> Iterator[ScriptedServer]:
    """Run a scripted server whose clock is 20 s ahead."""

    async def made() -> ScriptedServer:
        return ScriptedServer(clock, offset_ms=20_000)

    server = io_loop.run_sync(made)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture(scope="session")
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    server.start()
    yield server
    server.kill()
