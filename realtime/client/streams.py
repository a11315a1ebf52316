"""Ways to wait for what happens in a party: a stream of events, or the moment a condition holds."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from realtime.client.errors import ConnectionEnded
from realtime.client.link import Frame
from realtime.errors import NORMAL


class EventStream(AsyncIterator[Frame]):
    """Every event since the stream was opened, in order. Ends when the client is closed; raises how a seat was lost."""

    def __init__(self, ended: "asyncio.Future[Exception]", forget: Callable[["EventStream"], None]) -> None:
        self._ended = ended
        self._forget = forget
        self._frames: deque[Frame] = deque()
        self._more = asyncio.Event()
        ended.add_done_callback(self._wake)

    def put(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._more.set()

    def close(self) -> None:
        """Hear no more."""
        self._ended.remove_done_callback(self._wake)
        self._forget(self)

    async def __anext__(self) -> Frame:
        while not self._frames:
            if self._ended.done():
                raise self._end()
            self._more.clear()
            await self._more.wait()
        return self._frames.popleft()

    def find(self, wanted: Callable[[Frame], bool], found: list[Frame]) -> bool:
        """Go through what is here up to the first event that is `wanted`, and put it into `found`."""
        while self._frames:
            frame = self._frames.popleft()
            if wanted(frame):
                found.append(frame)
                return True
        return False

    def _end(self) -> Exception:
        error = self._ended.result()
        closed = isinstance(error, ConnectionEnded) and error.code == NORMAL
        return StopAsyncIteration() if closed else error

    def _wake(self, _ended: "asyncio.Future[Exception]") -> None:
        self._more.set()


class Conditions:
    """Who waits for what; asked anew after each frame."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], Callable[[], bool]] = {}

    def add(self, holds: Callable[[], bool]) -> "asyncio.Future[None]":
        """Make a future that is done as soon as `holds()` is true; it may be at once."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if holds():
            future.set_result(None)
        else:
            self._waiting[future] = holds
        return future

    def drop(self, future: "asyncio.Future[None]") -> None:
        self._waiting.pop(future, None)

    def check(self) -> None:
        """Look whose condition holds by now; a condition that raises tells its owner."""
        for future, holds in list(self._waiting.items()):
            try:
                held = holds()
            except Exception as error:  # noqa: BLE001 - the caller's function, so the caller's error
                self._settle(future, error)
            else:
                if held:
                    self._settle(future, None)

    def fail_all(self, error: Exception) -> None:
        for future in list(self._waiting):
            self._settle(future, error)

    def _settle(self, future: "asyncio.Future[None]", error: Exception | None) -> None:
        del self._waiting[future]
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
