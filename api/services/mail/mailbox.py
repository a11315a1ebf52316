"""Where services post mails. Posting costs one write, the same for an address that is known and one that is not."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from conf.clock import Clock, utc
from store.database import Store
from store.documents import Mail
from store.errors import AlreadyExists
from store.ids import new_id


class Mailbox:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.posted: Callable[[], None] = lambda: None
        """Called after each mail; the sender of this node looks at once."""

    async def post(
        self, kind: str, to: str, fields: Mapping[str, str] | None = None, *, mail_id: str | None = None
    ) -> None:
        """Have a mail sent to whoever has the address `to`, if anybody. Raises `store.errors.Unavailable`.

        `fields` are facts that its words use; no token is among them. A mail with a `mail_id` of its own is posted
        once, however often this is called.
        """
        now_ms = self._clock.now_ms()
        now = utc(now_ms)
        made = mail_id or new_id(now_ms)
        mail = Mail(id=made, kind=kind, to=to, fields=dict(fields or {}), created_at=now, next_at=now)
        with suppress(AlreadyExists):
            await self._store.outbox.add(mail)
        self.posted()
