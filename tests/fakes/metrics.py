"""Metrics that a test reads back."""

import asyncio
from collections import Counter, defaultdict


class RecordingMetrics:
    """Satisfies `conf.metrics.Metrics`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}
        self._counted = asyncio.Event()
        self.timings: defaultdict[str, list[float]] = defaultdict(list)

    async def counted(self, name: str, n: int = 1) -> None:
        """Wait until `name` has been counted to `n`."""
        while self.counts[name] < n:
            await self._counted.wait()

    def count(self, name: str, n: int = 1) -> None:
        self.counts[name] += n
        self._counted.set()
        self._counted.clear()

    def gauge(self, name: str, value: float) -> None:
        self.gauges[name] = value

    def timing(self, name: str, ms: float) -> None:
        self.timings[name].append(ms)

    def close(self) -> None: ...
