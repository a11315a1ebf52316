"""Who means to come to a party: they are reminded of it, and told when it starts."""

from datetime import timedelta

from api.problems import Problem
from api.services.analytics import note
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Party, Rsvp, User
from store.rsvps import rsvp_id

KEPT = timedelta(days=90)
"""After the party was to begin, or after the word where no time is set."""


class Rsvps:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def standing(self, user: User, party: Party) -> tuple[bool, int]:
        """Say whether somebody means to come, and how many do."""
        return await self._store.rsvps.exists(party.id, user.id), await self._store.rsvps.count(party.id)

    async def go(self, user: User, party: Party) -> int:
        """Note that somebody means to come; return how many do. Raises `Problem("ended")`."""
        if party.status == "ended":
            raise Problem("ended")
        now = utc(self._clock.now_ms())
        word = Rsvp(
            id=rsvp_id(party.id, user.id),
            party_id=party.id,
            user_id=user.id,
            created_at=now,
            expires_at=max(now, party.scheduled_for or now) + KEPT,
        )
        if await self._store.rsvps.add(word):
            await self._note("party.rsvp", user, party)
        return await self._store.rsvps.count(party.id)

    async def stay(self, user: User, party: Party) -> int:
        """Take it back; return how many mean to come."""
        if await self._store.rsvps.remove(party.id, user.id):
            await self._note("party.rsvp_withdrawn", user, party)
        return await self._store.rsvps.count(party.id)

    async def _note(self, type_: str, user: User, party: Party) -> None:
        await note(self._store, self._clock, type_, user_id=user.id, party_id=party.id, video_id=party.video_id)
