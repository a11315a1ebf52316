"""A server with one party, for the length of a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from realtime.handler import MakeWire
from tests.fakes.node import PARTY, Shelf
from tests.fakes.server import Server


@asynccontextmanager
async def serving(shelf: Shelf | None = None, make_wire: MakeWire | None = None) -> AsyncIterator[Server]:
    server = Server(shelf, make_wire=make_wire)
    if PARTY not in server.node.shelf.parties.rows:
        await server.node.create()
    try:
        yield server
    finally:
        await server.close()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")
