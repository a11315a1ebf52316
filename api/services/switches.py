"""The switches as this node knows them: read every two seconds, so that asking costs nothing."""

import asyncio

from api.problems import Problem
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import SwitchChanges, SwitchSettings, User
from store.errors import StoreError
from store.switches import INITIAL

POLL_SECONDS = 2.0
"""How soon a node knows what was switched on another one."""

log = logs.get("api.switches")


class Switches:
    """Start it with the node and close it; without MongoDB the last known positions hold."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._current = INITIAL
        self._known = True
        self._task: asyncio.Task[None] | None = None

    def current(self) -> SwitchSettings:
        return self._current

    def start(self) -> None:
        """Begin to read on; call in the running loop."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def reload(self) -> SwitchSettings:
        """Read the switches now. Raises `store.errors.StoreError`."""
        return self._take(await self._store.switches.read())

    async def change(self, changes: SwitchChanges, by: User, *, expected: int | None = None) -> SwitchSettings:
        """Change what is given, here at once and on other nodes within two seconds.

        Raises `Problem("precondition_failed")` where the revision is not the `expected` one any more.
        """
        now = utc(self._clock.now_ms())
        changed = await self._store.switches.change(changes, by=by.id, now=now, expected=expected)
        if changed is None:
            raise Problem("precondition_failed", "Somebody else has changed the settings meanwhile.")
        return self._take(changed)

    def check_registration(self) -> None:
        """Raise `Problem("forbidden")` where nobody may make an account."""
        if not self._current.registration_open:
            raise Problem("forbidden", "Registration is closed on this server.")

    def _take(self, found: SwitchSettings) -> SwitchSettings:
        """Keep the newest: a reading that took long must not undo a change made meanwhile."""
        if found.revision >= self._current.revision:
            self._current = found
        return self._current

    async def _run(self) -> None:
        while True:
            try:
                await self.reload()
                self._known = True
            except StoreError:
                if self._known:
                    log.warning("the switches cannot be read; the last known ones hold")
                self._known = False
            await self._clock.sleep(POLL_SECONDS)
