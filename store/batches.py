"""Group commit: callers wait while what they brought is written together with what others brought meanwhile.

There is no timer unless one is asked for: while two batches are being written, the next one fills. Alone, a caller is
written at once; under load, batches grow by themselves and the cost per item falls.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from pymongo.errors import PyMongoError

from conf.clock import Clock
from conf.logs import get
from store.collection import refusal
from store.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

log = get("store.batches")


class Pending(Generic[T, R]):
    """One caller's item, and the future that the caller waits for."""

    __slots__ = ("future", "item", "since_ms", "size", "weight")

    def __init__(self, item: T, *, weight: int, size: int, since_ms: float) -> None:
        self.item = item
        self.weight = weight
        self.size = size
        self.since_ms = since_ms
        self.future: asyncio.Future[R] = asyncio.get_running_loop().create_future()

    def succeed(self, result: R) -> None:
        if not self.future.done():  # its caller may have gone
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Batches(Generic[T, R]):
    """Hands waiting items to `write`, at most `writers` batches at a time, each of bounded weight and size.

    `write` settles each `Pending`; where it raises, those that it left open fail: with `Unavailable` for any fault of
    the database, else with the exception itself.
    """

    def __init__(
        self,
        *,
        write: Callable[[list[Pending[T, R]]], Awaitable[None]],
        clock: Clock,
        writers: int = 2,
        most_weight: int = 1000,
        most_bytes: int = 16 * 1024**2,
        enough: int = 500,
        linger_seconds: float = 0.0,
    ) -> None:
        self._write = write
        self._clock = clock
        self._most_writers = writers
        self._most_weight = most_weight
        self._most_bytes = most_bytes
        self._enough = enough
        self._linger_seconds = linger_seconds
        self._waiting: deque[Pending[T, R]] = deque()
        self._weight = 0
        self._writers: set[asyncio.Task[None]] = set()
        self._writing = 0
        self._gathering: asyncio.Event | None = None
        self._closed = False

    async def submit(self, item: T, *, size: int, weight: int = 1) -> R:
        """Wait until `item` is written. A caller that is cancelled before its batch began leaves nothing behind."""
        if self._closed:
            raise Unavailable("the store is closing")
        pending: Pending[T, R] = Pending(item, weight=weight, size=size, since_ms=self._clock.now_ms())
        self._waiting.append(pending)
        self._weight += weight
        if self._gathering is not None:
            if self._weight >= self._enough:
                self._gathering.set()
        elif self._writing < self._most_writers:
            self._writing += 1
            writer = asyncio.create_task(self._drain())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await pending.future

    async def close(self) -> None:
        """Write all that waits, and take nothing more."""
        self._closed = True
        if self._gathering is not None:
            self._gathering.set()
        while self._writers:
            await asyncio.wait(self._writers)

    async def _drain(self) -> None:
        try:
            while self._waiting and self._gathering is None:
                await self._gather()
                if batch := self._take():
                    await self._settle(batch)
        finally:
            # Counted down in the same turn that found nothing waiting. The task itself ends a turn later: by then a
            # new item may have come, and would wait for a writer that is no more.
            self._writing -= 1

    async def _gather(self) -> None:
        """Wait a little for company, unless enough is there."""
        if not self._linger_seconds or self._weight >= self._enough or self._closed:
            return
        self._gathering = asyncio.Event()
        waits = [
            asyncio.ensure_future(self._clock.sleep(self._linger_seconds)),
            asyncio.ensure_future(self._gathering.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._gathering = None
            for wait in waits:
                wait.cancel()

    def _take(self) -> list[Pending[T, R]]:
        batch: list[Pending[T, R]] = []
        weight = size = 0
        while self._waiting:
            pending = self._waiting[0]
            if batch and (weight + pending.weight > self._most_weight or size + pending.size > self._most_bytes):
                break
            self._waiting.popleft()
            self._weight -= pending.weight
            if not pending.future.cancelled():
                batch.append(pending)
                weight += pending.weight
                size += pending.size
        return batch

    async def _settle(self, batch: list[Pending[T, R]]) -> None:
        try:
            await self._write(batch)
            fault: Exception = RuntimeError("a batch was written without settling this item")
        except Unavailable as error:
            fault = error
        except PyMongoError as error:
            fault = refusal(error)
            log.error("a batch could not be written", items=len(batch), reason=str(fault))  # noqa: TRY400 - the trace quotes documents
        except Exception as error:  # noqa: BLE001 - it belongs to the callers, not to this task
            fault = error
        for pending in batch:
            pending.fail(fault)
