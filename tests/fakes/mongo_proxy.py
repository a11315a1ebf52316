"""A TCP proxy before mongod that loses chosen requests or replies, as a network does; it counts what it sees."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress

Matches = Callable[[bytes], bool]


def inserts_into(collection: str) -> Matches:
    """Match the wire messages that insert into `collection` (they are not compressed, as the URI asks for nothing)."""
    wanted = b"insert\0" + struct.pack("<i", len(collection) + 1) + collection.encode()
    return lambda message: wanted in message


class MongoProxy:
    """Forwards whole wire messages. A lost message takes its connection with it, so the client knows of the fault."""

    def __init__(self, port: int, matches: Matches) -> None:
        self._target = port
        self._matches = matches
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.requests_to_lose = 0
        self.replies_to_lose = 0
        self.refusing = False
        self.seen = 0
        self._saw = asyncio.Condition()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        while self._tasks:
            for writer in self._writers:
                writer.close()
            await asyncio.wait(self._tasks)

    async def seen_times(self, times: int) -> None:
        """Wait until so many matching messages have been seen."""
        async with self._saw:
            await self._saw.wait_for(lambda: self.seen >= times)

    async def _see(self) -> None:
        async with self._saw:
            self.seen += 1
            self._saw.notify_all()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.refusing:
                await self._join(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except ConnectionError:
            return
        losing = asyncio.Event()
        pumps = [
            asyncio.ensure_future(self._requests(reader, server_writer, losing)),
            asyncio.ensure_future(self._replies(server_reader, writer, losing)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            server_writer.close()

    async def _requests(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, losing: asyncio.Event
    ) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await _message(source)
                if self.refusing:
                    return
                if self._matches(message):
                    await self._see()
                    if self.requests_to_lose:
                        self.requests_to_lose -= 1
                        return
                    if self.replies_to_lose:
                        self.replies_to_lose -= 1
                        losing.set()
                target.write(message)
                await target.drain()

    async def _replies(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await _message(source)
                if losing.is_set():
                    return
                target.write(message)
                await target.drain()


async def _message(source: asyncio.StreamReader) -> bytes:
    head = await source.readexactly(4)
    (length,) = struct.unpack("<i", head)
    return head + await source.readexactly(length - 4)
