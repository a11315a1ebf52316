"""Whether this node can serve: each thing that it needs is asked, all at once, for a bounded time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from api.schemas.health import DependencyView, ReadyView
from conf.clock import Clock
from store.errors import Unavailable

Probe = Callable[[], Awaitable[object]]
ASK_SECONDS = 3.0
"""A balancer asks every few seconds; by then it wants its answer."""


class Health:
    """`draining` is set by whoever stops the node: it is not ready any more, but alive until the last socket is gone."""

    def __init__(self, *, dependencies: Mapping[str, Probe], clock: Clock) -> None:
        self._dependencies = dict(dependencies)
        self._clock = clock
        self.draining = False

    async def ready(self) -> ReadyView:
        names = list(self._dependencies)
        found = await asyncio.gather(*(self._ask(self._dependencies[name]) for name in names))
        dependencies = dict(zip(names, found, strict=True))
        if self.draining:
            return ReadyView(status="draining", dependencies=dependencies)
        fine = all(view.ok for view in found)
        return ReadyView(status="ready" if fine else "not_ready", dependencies=dependencies)

    async def _ask(self, probe: Probe) -> DependencyView:
        started_ms = self._clock.now_ms()
        try:
            await asyncio.wait_for(probe(), ASK_SECONDS)
        except (TimeoutError, Unavailable, OSError) as error:
            return DependencyView(ok=False, latency_ms=None, error=type(error).__name__)
        return DependencyView(ok=True, latency_ms=round(self._clock.now_ms() - started_ms, 3))
