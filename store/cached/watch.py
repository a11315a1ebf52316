"""How a node learns what others have changed: a change stream, and a lease on what it says.

Whoever writes - another node, a command, the pipeline - MongoDB tells each node of it. The node asks every 200 ms. An
answer that holds nothing proves that all changes made before the question are known here; for one second after that
question the caches may answer. While MongoDB does not answer, or refuses the stream, the lease runs out and every read
goes to the database: a cache that might be old is not asked. When a stream opens anew, all that was kept is forgotten.
"""

import asyncio
import inspect
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pymongo.errors import PyMongoError

from conf import logs
from conf.clock import Clock
from store.cached.table import BOUND_MS
from store.retry import is_connection_fault

POLL_SECONDS = 0.2
AWAIT_MS = 1
"""How long MongoDB may wait for a change before it says that there is none. Short: an answer that comes at once shows
what is known, while a wait under steady changes would never end with nothing."""
AGAIN_SECONDS = 1.0
BATCH = 1000
CLOSE_SECONDS = 2.0

log = logs.get("store.cached")


class Watch:
    """Follows the changes of some collections of a database; `changed(collection, id)`, with None for all of it."""

    def __init__(
        self, *, database: Any, names: Sequence[str], clock: Clock, changed: Callable[[str, object], None]
    ) -> None:
        self._database = database
        self._names = list(names)
        self._clock = clock
        self._changed = changed
        self._known_ms = -math.inf
        self._task: asyncio.Task[None] | None = None
        self._sleep: asyncio.Future[None] | None = None
        self._closing = False
        self._refused = False
        self.followed = asyncio.Event()
        """Set once all changes have been known for the first time."""

    def current(self) -> bool:
        """Tell whether all changes are known that are older than the bound."""
        return not self._closing and self._clock.now_ms() - self._known_ms <= BOUND_MS

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop following. A question under way is let end, for a while: cut off, the driver loses its connection."""
        self._closing = True
        self._known_ms = -math.inf
        if self._sleep is not None:
            self._sleep.cancel()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._follow()
            except PyMongoError as error:
                self._say(error)
            await self._pause(AGAIN_SECONDS)

    async def _pause(self, seconds: float) -> None:
        if not self._closing:
            self._sleep = asyncio.ensure_future(self._clock.sleep(seconds))
            await asyncio.wait([self._sleep])

    async def _follow(self) -> None:
        interesting = [{"ns.coll": {"$in": self._names}}, {"operationType": {"$in": ["dropDatabase", "invalidate"]}}]
        steps = [{"$match": {"$or": interesting}}, {"$project": {"ns": 1, "documentKey": 1, "operationType": 1}}]
        opened = self._database.watch(steps, max_await_time_ms=AWAIT_MS, batch_size=BATCH)
        stream = await opened if inspect.isawaitable(opened) else opened  # Motor opens it with the first question
        try:
            event = await stream.try_next()
            self._forget_all()  # what happened before the stream was open, nobody has told
            while not self._closing:
                if event is not None:
                    self._tell(event)
                asked_ms = self._clock.now_ms()
                event = await stream.try_next()
                if event is None:
                    self._known_ms = asked_ms
                    self.followed.set()
                    await self._pause(POLL_SECONDS)
        finally:
            self._known_ms = -math.inf
            with suppress(PyMongoError):  # it has broken off, or the node ends
                await stream.close()

    def _tell(self, event: dict[str, Any]) -> None:
        name = event.get("ns", {}).get("coll")
        if name in self._names:
            self._changed(name, event.get("documentKey", {}).get("_id"))
        else:
            self._forget_all()

    def _forget_all(self) -> None:
        for name in self._names:
            self._changed(name, None)

    def _say(self, error: PyMongoError) -> None:
        if is_connection_fault(error):
            log.info("the change stream broke off", error=type(error).__name__)
        elif not self._refused:
            self._refused = True
            log.warning("no change stream, so nothing is cached", error=getattr(error, "code", type(error).__name__))
