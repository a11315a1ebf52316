"""Tokens in links of mails: 256 random bits, good once, for one purpose, for the address that they were sent to."""

import secrets
from datetime import timedelta

from msgspec import Struct

from api.problems import Problem
from api.services.mail.kinds import Purpose
from api.services.sessions import digest
from conf.clock import Clock, utc
from store.database import Store
from store.documents import MailToken, User
from store.ids import new_id


class Redeemed(Struct, frozen=True):
    """A token that is used up, and whose it was."""

    user: User
    id_hash: str
    redemption: str


class MailTokens:
    """Makes and redeems them; the database holds their SHA-256 sums."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def make(self, user: User, purpose: Purpose, life: timedelta) -> str:
        plain = secrets.token_urlsafe(32)
        now = utc(self._clock.now_ms())
        await self._store.mail_tokens.add(
            MailToken(
                id=digest(plain),
                purpose=purpose,
                user_id=user.id,
                email_key=user.email_key,
                created_at=now,
                expires_at=now + life,
            )
        )
        return plain

    async def look(self, plain: str, purpose: Purpose) -> User:
        """Say whose a good token is, without using it up. Raises `Problem("bad_token")`."""
        found = await self._store.mail_tokens.find(digest(plain), purpose, utc(self._clock.now_ms()))
        return await self._owner(found)

    async def redeem(self, plain: str, purpose: Purpose) -> Redeemed:
        """Use a token up. Raises `Problem("bad_token")`; of simultaneous redemptions, one gets it."""
        now_ms = self._clock.now_ms()
        redemption = new_id(now_ms)
        found = await self._store.mail_tokens.take(digest(plain), purpose, utc(now_ms), redemption)
        return Redeemed(await self._owner(found), digest(plain), redemption)

    async def give_back(self, redeemed: Redeemed) -> None:
        """Make a token good again for which nothing was done."""
        await self._store.mail_tokens.give_back(redeemed.id_hash, redeemed.redemption)

    async def void(self, user: User, purpose: Purpose) -> None:
        """Make all others of a user useless, such as those of mails that were asked for twice."""
        await self._store.mail_tokens.void(user.id, purpose)

    async def _owner(self, found: MailToken | None) -> User:
        user = await self._store.users.by_id(found.user_id) if found else None
        now = utc(self._clock.now_ms())
        if found is None or user is None or user.shut_out(now) or user.email_key != found.email_key:
            raise Problem("bad_token")
        return user
