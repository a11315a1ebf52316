"""What was computed from many documents, kept as long as those are the ones it was computed from.

Whoever asks brings a *stamp* of the documents, which one query of an index gives; under another stamp nothing is found.
So nothing that is kept can be old, on any node, and no change has to be told to anybody. What is kept are bytes, as in
`store.cached.cache`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from conf.metrics import Metrics


class _Entry(NamedTuple):
    stamp: bytes
    value: bytes


class Stamped:
    """A bounded cache by question; an entry counts under the stamp only with which it was made."""

    def __init__(self, *, entries: int, limit_bytes: int, metrics: Metrics) -> None:
        self._most = entries
        self._limit_bytes = limit_bytes
        self._metrics = metrics
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._flights: dict[tuple[str, bytes], asyncio.Future[bytes]] = {}
        self._bytes = 0

    async def get(self, question: str, stamp: bytes, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Give what was made for `question` from documents of this stamp; of many who ask at once, one makes it."""
        if not self._most:
            return await make()
        entry = self._entries.get(question)
        if entry is not None and entry.stamp == stamp:
            self._entries.move_to_end(question)
            self._metrics.count("cache.hits")
            return entry.value
        self._metrics.count("cache.misses")
        # Shielded: one of those who wait may be cancelled, and the others wait on.
        return await asyncio.shield(self._flights.get((question, stamp)) or self._depart(question, stamp, make))

    def _depart(self, question: str, stamp: bytes, make: Callable[[], Awaitable[bytes]]) -> asyncio.Future[bytes]:
        flight = asyncio.ensure_future(make())
        self._flights[question, stamp] = flight
        flight.add_done_callback(lambda done: self._land(question, stamp, done))
        return flight

    def _land(self, question: str, stamp: bytes, flight: asyncio.Future[bytes]) -> None:
        self._flights.pop((question, stamp), None)
        if flight.cancelled() or flight.exception() is not None:
            return
        self._drop(question)
        self._entries[question] = _Entry(stamp, flight.result())
        self._bytes += len(flight.result())
        while len(self._entries) > self._most or self._bytes > self._limit_bytes:
            self._drop(next(iter(self._entries)))
            self._metrics.count("cache.evictions")

    def _drop(self, question: str) -> None:
        if (entry := self._entries.pop(question, None)) is not None:
            self._bytes -= len(entry.value)
