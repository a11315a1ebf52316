"""Starts the parts in their order, starts again what dies, and stops all of them in time.

A part that dies is started again after a delay that doubles while it keeps dying young; one that had lived a while is
started again at once, so that a single kill costs a fraction of a second and a crash loop costs no CPU.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from matinee.faults import Fault, in_one_line

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0
YOUNG_SECONDS = 3.0
"""A part that lived shorter than this died young."""

log = logs.get("matinee.supervisor")


class Part(Protocol):
    """One process (or more) that the supervisor keeps alive."""

    @property
    def name(self) -> str: ...

    async def start(self) -> str:
        """Start it and return, once it works, a line for people; raises `Fault`."""
        ...

    async def ended(self) -> str:
        """Return, once it has ended, how."""
        ...

    async def stop(self) -> None:
        """Stop it within its time, by force at the end of it; harmless where it does not run."""
        ...


class Supervisor:
    """`stages` are started one after the other and stopped in the opposite order, each stage's parts together."""

    def __init__(
        self, *, stages: Sequence[Sequence[Part]], clock: Clock, metrics: Metrics, say: Callable[[str], None]
    ) -> None:
        self._stages = stages
        self._clock = clock
        self._metrics = metrics
        self._say = say
        self._watches: list[asyncio.Task[None]] = []
        self.restarts = 0

    async def start(self) -> None:
        """Start every part, with a line for each; where one fails, stop what was started and raise its `Fault`."""
        try:
            for stage in self._stages:
                await self._start_together(stage)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches.clear()
        for stage in reversed(self._stages):
            await asyncio.gather(*(part.stop() for part in stage))

    async def _start_together(self, stage: Sequence[Part]) -> None:
        """Start a stage. All are waited for: one that came up after the rest was stopped would be kept by nobody."""
        for started in await asyncio.gather(*map(self._first_start, stage), return_exceptions=True):
            if isinstance(started, BaseException):
                raise started

    async def _first_start(self, part: Part) -> None:
        try:
            line = await part.start()
        except Fault as fault:
            raise Fault(f"{part.name}: {fault.message}", fault.mend) from fault
        self._say(f"{part.name}: {line}")
        self._watches.append(asyncio.create_task(self._keep(part), name=f"keep {part.name}"))

    async def _keep(self, part: Part) -> None:
        """Start `part` again whenever it ends."""
        delay = FIRST_DELAY_SECONDS
        while True:
            since_ms = self._clock.now_ms()
            how = await part.ended()
            if self._clock.now_ms() - since_ms >= YOUNG_SECONDS * 1000:
                delay = FIRST_DELAY_SECONDS
            log.warning("part ended", part=part.name, how=how, again_in_s=delay)
            delay = await self._start_again(part, delay)

    async def _start_again(self, part: Part, delay: float) -> float:
        """Start until it works; return the delay that counts if it dies young again."""
        while True:
            await self._clock.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)
            self.restarts += 1
            self._metrics.count("supervisor.restarts")
            try:
                line = await part.start()
            except Exception as error:  # noqa: BLE001 - whatever it was, the part must come back
                why = f"{type(error).__name__}: {in_one_line(error)}"
                log.error("part does not start", part=part.name, why=why, again_in_s=delay)  # noqa: TRY400 - the line says it all
            else:
                log.info("part runs again", part=part.name, line=line)
                return delay
