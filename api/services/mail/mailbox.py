"""Where services post mails. Posting costs one write, the same for an address that is known and one that is not."""

from collections.abc import Callable

from api.services.mail.kinds import Kind
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Mail
from store.ids import new_id


class Mailbox:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.posted: Callable[[], None] = lambda: None
        """Called after each mail; the sender of this node looks at once."""

    async def post(self, kind: Kind, to: str) -> None:
        """Have a mail sent to whoever has the address `to`, if anybody. Raises `store.errors.Unavailable`."""
        now_ms = self._clock.now_ms()
        now = utc(now_ms)
        await self._store.outbox.add(Mail(id=new_id(now_ms), kind=kind, to=to, created_at=now, next_at=now))
        self.posted()
