"""One bounded cache in memory, which never puts an old value back.

The hard case is a read that began before a change and ends after it: what it brings may be old, and kept it would be old
until its time is up. So each read under way (a *flight*) stands in a table, an invalidation takes it out, and only a
flight that still stands there when it ends is kept. Its identity is the version number. Who asks after the invalidation
finds no flight to join either, and reads afresh.

What is kept are bytes: their number is exact, and nobody can change what others will be given.
"""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from conf.clock import Clock
from conf.metrics import Metrics

JITTER = 0.1
ENTRY_BYTES = 460
"""What an entry costs beside its key and value, measured with tracemalloc over 20,000 of them."""


class Key(NamedTuple):
    """A question: `group` is what a change names."""

    group: str
    question: bytes


class Entry(NamedTuple):
    value: bytes
    until_ms: float
    size: int


class Figures(msgspec.Struct, kw_only=True):
    """What a cache has done since it was made, and what it holds."""

    name: str
    hits: int = 0
    misses: int = 0
    loads: int = 0
    """Reads of the database: fewer than misses, as those who miss together share one."""
    evictions: int = 0
    invalidations: int = 0
    bypassed: int = 0
    """Reads past the cache, while nobody could say that it was up to date."""
    entries: int = 0
    bytes: int = 0


class Cache:
    def __init__(
        self,
        name: str,
        *,
        seconds: float,
        entries: int,
        limit_bytes: int,
        clock: Clock,
        metrics: Metrics,
        current: Callable[[], bool],
    ) -> None:
        self._ttl_ms = seconds * 1000
        self._most = entries
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._metrics = metrics
        self._current = current
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._flights: dict[Key, asyncio.Future[bytes]] = {}
        self._groups: dict[str, set[Key]] = {}
        self._figures = Figures(name=name)

    async def get(self, key: Key, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """Give what is kept under `key`, or what `load` reads; of many who ask at once, one reads."""
        if not self._current():
            self._figures.bypassed += 1
            self._metrics.count("cache.bypassed")
            return await load()
        entry = self._entries.get(key)
        if entry is not None and self._clock.now_ms() < entry.until_ms:
            self._entries.move_to_end(key)
            self._figures.hits += 1
            self._metrics.count("cache.hits")
            return entry.value
        self._figures.misses += 1
        self._metrics.count("cache.misses")
        # Shielded: one of those who wait may be cancelled, and the others wait on.
        return await asyncio.shield(self._flights.get(key) or self._depart(key, load))

    def invalidate(self, group: str) -> None:
        """Forget all answers about `group`, and do not keep what is being read of it now."""
        for key in self._groups.pop(group, ()):
            self._flights.pop(key, None)
            self._take_out(key)
        self._figures.invalidations += 1
        self._metrics.count("cache.invalidations")

    def clear(self) -> None:
        """Forget everything, and do not keep what is being read now."""
        for group in list(self._groups):
            self.invalidate(group)

    def figures(self) -> Figures:
        return msgspec.structs.replace(self._figures, entries=len(self._entries))

    def _depart(self, key: Key, load: Callable[[], Awaitable[bytes]]) -> asyncio.Future[bytes]:
        flight = asyncio.ensure_future(load())
        self._flights[key] = flight
        self._groups.setdefault(key.group, set()).add(key)
        self._figures.loads += 1
        self._metrics.count("cache.loads")
        flight.add_done_callback(lambda done: self._landed(key, done))
        return flight

    def _landed(self, key: Key, flight: asyncio.Future[bytes]) -> None:
        failed = flight.cancelled() or flight.exception() is not None
        if self._flights.get(key) is not flight:
            return  # it was invalidated on its way: what it read may be old
        del self._flights[key]
        self._take_out(key)
        if not failed:
            self._keep(key, flight.result())
        if key not in self._entries:
            self._leave_group(key)

    def _keep(self, key: Key, value: bytes) -> None:
        size = len(value) + len(key.question) + len(key.group) + ENTRY_BYTES
        if size > self._limit_bytes:
            return
        share = zlib.crc32(key.question) / 2**32
        until_ms = self._clock.now_ms() + self._ttl_ms * (1 - JITTER * share)
        self._entries[key] = Entry(value, until_ms, size)
        self._figures.bytes += size
        while len(self._entries) > self._most or self._figures.bytes > self._limit_bytes:
            oldest = next(iter(self._entries))
            self._take_out(oldest)
            if oldest not in self._flights:
                self._leave_group(oldest)
            self._figures.evictions += 1
            self._metrics.count("cache.evictions")

    def _take_out(self, key: Key) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._figures.bytes -= entry.size

    def _leave_group(self, key: Key) -> None:
        if (keys := self._groups.get(key.group)) is not None:
            keys.discard(key)
            if not keys:
                del self._groups[key.group]
