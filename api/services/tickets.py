"""Tickets for websockets: a browser asks for one and shows it in its `hello`, so that no long-lived token is there."""

import secrets
from datetime import timedelta

from msgspec import Struct

from api.ask import Caller
from api.problems import Problem
from api.services.sessions import digest
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Ticket

SECONDS = 30


class Issued(Struct, frozen=True):
    ticket: str
    expires_in: int


class Tickets:
    """Issues tickets; each opens one connection, within 30 s. The database holds their SHA-256 sums."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def issue(self, caller: Caller) -> Issued:
        if caller.user is None or caller.session is None:
            raise Problem("unauthenticated")
        plain = secrets.token_urlsafe(32)
        now = utc(self._clock.now_ms())
        await self._store.tickets.add(
            Ticket(
                id=digest(plain),
                user_id=caller.user.id,
                family=caller.session,
                expires_at=now + timedelta(seconds=SECONDS),
            )
        )
        return Issued(plain, SECONDS)

    async def redeem(self, plain: str) -> Ticket | None:
        """Use a ticket up; None where it is unknown, used or expired. Of simultaneous uses, one gets it."""
        return await self._store.tickets.take(digest(plain), utc(self._clock.now_ms()))
