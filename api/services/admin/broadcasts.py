"""Notices to everybody: to who is connected at once, and to everybody's notifications, in batches, in the background."""

import asyncio

from api.services.admin.ports import Sockets
from api.services.audit import Audit
from api.services.notifications.notifier import Note, Notifier
from api.services.text import clean_line
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import User
from store.errors import StoreError
from store.ids import new_id
from store.users import UserFilter

BATCH = 50
"""People told at once: the store lets eight calls through at a time, and others want their turns too."""
PAUSE_SECONDS = 5.0
"""Rest after a fault of the database; then everybody is told who was not: the keys of the notifications say who was."""

log = logs.get("api.broadcasts")


class Broadcasts:
    """Close it with the node. A node that dies in the middle leaves the rest untold: the audit log then has no `.told`."""

    def __init__(self, *, store: Store, sockets: Sockets, notifier: Notifier, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._sockets = sockets
        self._notifier = notifier
        self._audit = audit
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, by: User, text: str, *, notify: bool) -> tuple[str, int]:
        """Send a notice; return its id and how many connections of this node were told. Raises `Problem("invalid")`."""
        now_ms = self._clock.now_ms()
        text, broadcast_id = clean_line(text, "$.text"), new_id(now_ms)
        told = self._sockets.announce({"t": "notice", "id": broadcast_id, "text": text, "at_ms": round(now_ms)})
        if notify:
            task = asyncio.create_task(self._tell_everybody(by, broadcast_id, text))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return broadcast_id, told

    async def drain(self) -> None:
        """Wait until everything that was begun is done."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell_everybody(self, by: User, broadcast_id: str, text: str) -> None:
        while True:
            try:
                people = await self._tell_all(broadcast_id, text)
                details = {"broadcast": broadcast_id, "people": str(people)}
                await self._audit.note(by, "broadcast.told", details=details)
            except StoreError:
                log.warning("a broadcast waits for the database", broadcast=broadcast_id)
                await self._clock.sleep(PAUSE_SECONDS)
            else:
                return

    async def _tell_all(self, broadcast_id: str, text: str) -> int:
        people, batch = 0, list[Note]()
        async for user in self._store.users.each(UserFilter(state="active"), utc(self._clock.now_ms())):
            key = f"broadcast:{broadcast_id}"
            batch.append(Note(user_id=user.id, kind="announcement", fields={"text": text}, key=key))
            people += 1
            if len(batch) == BATCH:
                await asyncio.gather(*map(self._notifier.tell, batch))
                batch.clear()
        await asyncio.gather(*map(self._notifier.tell, batch))
        return people
