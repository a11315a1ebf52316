"""What a node does by itself, again and again, besides answering: sending, reminding, erasing."""

import asyncio
from abc import ABC, abstractmethod

from structlog.stdlib import BoundLogger

from conf.clock import Clock
from store.errors import StoreError


class Rounds(ABC):
    """A loop that nothing ends but `close`: a round, a wait that `nudge` cuts short, the next round.

    Any node may do any round: what must happen once is claimed in MongoDB. A round that fails is told of and done again,
    so one thing that nothing foresaw holds up no other.
    """

    def __init__(self, *, clock: Clock, seconds: float, log: BoundLogger, waits: str, fails: str) -> None:
        self._clock = clock
        self._seconds = seconds
        self._log = log
        self._waits = waits
        """What is said when the database is away."""
        self._fails = fails
        """What is said of anything else."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def round(self) -> int:
        """Do all that is due; return how much that was. Raises `store.errors.StoreError`."""

    def start(self) -> None:
        """Begin; call in the running loop."""
        self._task = asyncio.create_task(self._run())

    def nudge(self) -> None:
        """Have the next round begin at once."""
        self._wake.set()

    async def close(self) -> None:
        """Stop. What was under way is done again by whoever finds its claim run out."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.round()
            except StoreError as error:
                self._log.warning(self._waits, error=str(error))
            except Exception:  # noqa: BLE001 - whatever it was, it is told of and must not end the rounds
                self._log.exception(self._fails)
            await self._pause()

    async def _pause(self) -> None:
        waits = [asyncio.ensure_future(self._clock.sleep(self._seconds)), asyncio.ensure_future(self._wake.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
