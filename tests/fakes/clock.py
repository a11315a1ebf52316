"""A clock that stands still until a test moves it."""

import asyncio
import heapq


class ManualClock:
    """Satisfies `conf.clock.Clock`; `advance` wakes the sleepers whose time has come, in order."""

    def __init__(self, now_ms: float = 1_700_000_000_000.0) -> None:
        self._now_ms = now_ms
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = 0

    def now_ms(self) -> float:
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self._now_ms + seconds * 1000, self._order, future))
        await future

    def wakes_ms(self) -> list[float]:
        """List when those who sleep will wake."""
        return [at_ms for at_ms, _, future in self._sleepers if not future.done()]

    async def advance(self, seconds: float) -> None:
        """Move time forward, letting each sleeper run before the next one wakes."""
        target = self._now_ms + seconds * 1000
        while self._sleepers and self._sleepers[0][0] <= target:
            at_ms, _, future = heapq.heappop(self._sleepers)
            self._now_ms = max(self._now_ms, at_ms)
            if not future.done():
                future.set_result(None)
            await settle()
        self._now_ms = target
        await settle()


async def settle(turns: int = 10) -> None:
    """Let everything that is ready to run, run."""
    for _ in range(turns):
        await asyncio.sleep(0)
