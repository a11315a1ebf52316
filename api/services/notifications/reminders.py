"""Reminders of parties that are to begin: a day before, and a quarter of an hour before.

Nobody claims anything: every node that comes to a reminder tells it, and its key (party, moment, which) lets it be told
once. A party that is put off has another moment and is reminded of anew; one that is over or gone is in no list.
"""

from datetime import datetime, timedelta

from api.services.notifications.notifier import Note, Notifier
from api.services.notifications.party_guests import PartyGuests, about, facts
from api.services.rounds import Rounds
from conf import logs
from conf.clock import Clock, to_ms, utc
from store.database import Store
from store.documents import Party

TURN_SECONDS = 15.0
DAY = timedelta(hours=24)
DAY_AT_LEAST = timedelta(hours=1)
"""So much is left at least when the reminder of the day before still goes, after a night in which nothing ran."""
QUARTER = timedelta(minutes=15)

log = logs.get("api.reminders")


class Reminders(Rounds):
    def __init__(self, *, store: Store, notifier: Notifier, guests: PartyGuests, clock: Clock) -> None:
        super().__init__(
            clock=clock,
            seconds=TURN_SECONDS,
            log=log,
            waits="reminders wait",
            fails="reminders could not be told",
        )
        self._store = store
        self._notifier = notifier
        self._guests = guests
        self._done: set[str] = set()

    async def round(self) -> int:
        return await self.remind_due()

    async def remind_due(self) -> int:
        """Tell all reminders whose time has come; return how many were new. Raises `store.errors.StoreError`."""
        now = utc(self._clock.now_ms())
        told, due = 0, set()
        for party in await self._store.parties.beginning(now, now + DAY):
            key = _due(party, now)
            if key is None:
                continue
            due.add(key)
            if key not in self._done:
                told += await self._remind(party, key)
                self._done.add(key)
        self._done &= due
        return told

    async def _remind(self, party: Party, key: str) -> int:
        told = 0
        for user_id in dict.fromkeys([party.host_id, *await self._guests.expected(party)]):
            note = Note(
                user_id=user_id,
                kind="party_starting",
                key=key,
                by=None if user_id == party.host_id else party.host_id,
                about=about(party),
                fields={
                    **facts(party),
                    "scheduled_for": party.scheduled_for.isoformat() if party.scheduled_for else "",
                },
            )
            told += await self._notifier.tell(note) is not None
        return told


def _due(party: Party, now: datetime) -> str | None:
    """Name the reminder whose time it is, by the moment of which it reminds; None where it is none's."""
    if party.scheduled_for is None:
        return None
    left = party.scheduled_for - now
    name = f"party_starting:{party.id}:{to_ms(party.scheduled_for)}"
    if left <= QUARTER:
        return f"{name}:15m"
    # A party that was made later than a day before is news enough to those who are asked to it.
    known = party.created_at <= party.scheduled_for - DAY
    return f"{name}:24h" if known and DAY_AT_LEAST <= left <= DAY else None
