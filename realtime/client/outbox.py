"""Viewer events on their way to the server: kept until they are durable there, in order, each with its id from birth.

The same id sent twice counts once, so sending again is always safe.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conf import logs
from conf.clock import Clock
from realtime.client.errors import CommandRefused, CommandUnanswered, ConnectionEnded
from realtime.client.viewing import Event
from realtime.client.waiting import stopped, within

BATCH = 50
"""About 12 KB of the 64 KiB of a frame."""
MOST_KEPT = 5_000
"""Half a day of reports without a server; beyond it the oldest go, with a log line."""
AGAIN_MS = 5_000
NOT_TAKEN = frozenset({"invalid", "bad_frame", "too_large", "unknown_type", "forbidden"})
"""Answers that a repetition does not change."""

log = logs.get("realtime.client")


class Outbox:
    def __init__(self, *, send: Callable[[list[Event]], Awaitable[Any]], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._events: list[Event] = []
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task = asyncio.create_task(self._run())

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        """Take an event; it is sent soon."""
        self._events.append(event)
        if len(self._events) > MOST_KEPT:
            log.warning("events_dropped", n=len(self._events) - MOST_KEPT)
            del self._events[:-MOST_KEPT]
        self._filled.set()
        self._empty.clear()

    async def flushed(self, seconds: float) -> bool:
        """Wait until everything is acknowledged; False where it is not within `seconds`."""
        empty = asyncio.ensure_future(self._empty.wait())
        try:
            await within(self._clock, empty, seconds)
        except TimeoutError:
            return False
        finally:
            empty.cancel()
        return True

    async def close(self) -> None:
        await stopped(self._task)

    def stop(self) -> None:
        """Send no more; what was not acknowledged stays here to be counted."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            batch = self._events[:BATCH]
            try:
                await self._send(batch)
            except CommandUnanswered:
                continue
            except ConnectionEnded:
                return
            except CommandRefused as refused:
                if refused.code not in NOT_TAKEN:
                    await self._clock.sleep((refused.retry_after_ms or AGAIN_MS) / 1000)
                    continue
                log.warning("events_refused", code=refused.code, error=refused.message, n=len(batch))
            self._drop(batch)

    def _drop(self, batch: list[Event]) -> None:
        gone = {event["event_id"] for event in batch}
        self._events = [event for event in self._events if event["event_id"] not in gone]
        if not self._events:
            self._filled.clear()
            self._empty.set()
