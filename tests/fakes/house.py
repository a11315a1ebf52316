"""One node, or several as workers are: one log and one NATS between them, and a port that takes each connection to any of them."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

from conf.metrics import NullMetrics
from realtime.bus import Bus
from realtime.bus.memory import MemoryBus
from realtime.bus.nats import connected
from tests.fakes.node import Node, Shelf
from tests.fakes.server import Server

CHUNK_BYTES = 64 * 1024


class Worker:
    def __init__(self, name: str, shelf: Shelf, bus: Bus) -> None:
        self.server = Server(shelf, bus=bus, node_id=name)
        self.bus = bus

    async def crash(self) -> None:
        """Cut all sockets at once."""
        await self.server.close()
        await self.bus.close()


class House:
    def __init__(self, workers: int, shelf: Shelf, *, nats_url: str = "", name: str = "house") -> None:
        self.shelf = shelf
        self.landed: Counter[int] = Counter()
        """How many connections each worker was given."""
        self.port = 0
        self._size = workers
        self._nats_url = nats_url
        self._name = name
        self._workers: list[Worker] = []
        self._chance = random.Random(7)
        self._spreader: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._starts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def nodes(self) -> list[Node]:
        return [worker.server.node for worker in self._workers]

    async def start(self) -> None:
        """Start the workers, with a party, and the port before them."""
        await self._start_workers()
        await self.nodes[0].create()
        self._spreader = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._spreader.sockets[0].getsockname()[1]

    async def crash(self, away_seconds: float = 0.1) -> None:
        """Have all workers crash at once, and start others over the same log."""
        await self._crash_workers()
        await asyncio.sleep(away_seconds)
        await self._start_workers()

    async def close(self) -> None:
        assert self._spreader is not None
        self._spreader.close()
        await self._crash_workers()
        for pump in tuple(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _start_workers(self) -> None:
        for _ in range(self._size):
            self._starts += 1
            self._workers.append(Worker(f"worker-{self._starts}", self.shelf, await self._bus()))

    async def _crash_workers(self) -> None:
        crashing, self._workers = self._workers, []
        for worker in crashing:
            await worker.crash()

    async def _bus(self) -> Bus:
        if self._size == 1:
            return MemoryBus()
        return await connected(url=self._nats_url, namespace=self._name, metrics=NullMetrics())

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._workers:
            writer.transport.abort()
            return
        place = self._chance.randrange(len(self._workers))
        self.landed[place] += 1
        pump = asyncio.ensure_future(self._join(reader, writer, self._workers[place].server.port))
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()
            return
        ways = [asyncio.ensure_future(_pump(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        try:
            await asyncio.wait(ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, far_writer):
                end.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()
