"""Short windows in which many small changes become one frame."""

import asyncio
from collections import Counter
from collections.abc import Callable

from conf.clock import Clock


class Window:
    """Calls `flush(key)` once, `seconds` after the first `touch(key)` since the last flush, or as long as that says."""

    def __init__(self, clock: Clock, seconds: float, flush: Callable[[str], None]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._flush = flush
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def touch(self, key: str, seconds: float | None = None) -> None:
        if key not in self._tasks and not self._closed:
            self._tasks[key] = asyncio.create_task(self._wait(key, self._seconds if seconds is None else seconds))

    async def close(self) -> None:
        """Flush no more: sockets that end after this have nobody left to be told."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    async def _wait(self, key: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        del self._tasks[key]
        self._flush(key)


class Tally:
    """Counts reactions by party and emoji until they are taken."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, party_id: str, emoji: str) -> None:
        self._counts.setdefault(party_id, Counter())[emoji] += 1

    def take(self, party_id: str) -> dict[str, int]:
        return dict(self._counts.pop(party_id, {}))
