"""Tokens of invites: 256 random bits, of which the database holds the SHA-256 sum, and whom they let in."""

import secrets

from api.services.analytics import note
from api.services.sessions import digest
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Invite, User
from store.invites import Taken

LONGEST = 64


class InviteTokens:
    """Shared by the doors of sockets, the REST routes and the mails."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def another(self, invite_id: str) -> str | None:
        """Make one more token of an invite, for a mail that goes out; None where it is over or revoked."""
        plain = secrets.token_urlsafe(32)
        added = await self._store.invites.add_token(invite_id, digest(plain), utc(self._clock.now_ms()))
        return plain if added else None

    async def find(self, reference: str, user_id: str | None) -> Invite | None:
        """Find an invite that is for `user_id` (None: a guest), by a token, or by its id where it names them."""
        if len(reference) > LONGEST:
            return None
        now = utc(self._clock.now_ms())
        invite = await self._store.invites.by_token(digest(reference), now)
        if invite is None and user_id is not None:
            invite = await self._store.invites.named(reference, user_id, now)
        return invite if invite is not None and await self._is_for(invite, user_id) else None

    async def use(self, invite: Invite, member_id: str) -> Taken | None:
        """Use an invite up once for a member whom it is for; None where no use is left."""
        return await self._store.invites.take(invite.id, member_id, utc(self._clock.now_ms()))

    async def give_back(self, invite: Invite, member_id: str) -> None:
        """Make the use of a member good again who could not enter."""
        await self._store.invites.give_back(invite.id, member_id)

    async def accepted(self, invite: Invite, *, user_id: str | None, guest_id: str | None = None) -> None:
        """Record that somebody came by an invite, for analytics."""
        party = await self._store.parties.by_id(invite.party_id, recent=True)
        await note(
            self._store,
            self._clock,
            "party.invite_accepted",
            user_id=user_id,
            guest_id=guest_id,
            party_id=invite.party_id,
            video_id=party.video_id if party else None,
        )

    async def _is_for(self, invite: Invite, user_id: str | None) -> bool:
        if invite.for_user_id is not None:
            return invite.for_user_id == user_id
        if invite.email_key is None:
            return True
        user: User | None = await self._store.users.by_id(user_id) if user_id is not None else None
        return user is not None and user.verified and user.email_key == invite.email_key
