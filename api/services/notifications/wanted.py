"""Whether a notification is still to go out, looked at when it goes: much may have changed since it was planned."""

from datetime import datetime

from api.services.notifications.preferences import ways_of, zone_of
from api.services.notifications.quiet_hours import quiet_until
from api.services.notifications.ways import Ended, Later
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Notification, NotificationPreferences, User
from store.documents.notifications import Way


class Wanted:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def refusal(
        self, notification: Notification, way: Way, user: User, chosen: NotificationPreferences
    ) -> Ended | Later | None:
        """Say why a notification does not go now; None where it does."""
        if notification.read_at is not None:
            return Ended(state="read")
        if not await self.lasts(notification, way, user, chosen):
            return Ended(state="dropped")
        if notification.kind == "security":
            return None
        until = quiet_until(self._now(), zone_of(user), chosen.quiet_hours)
        return None if until is None else Later(until=until)

    async def lasts(self, notification: Notification, way: Way, user: User, chosen: NotificationPreferences) -> bool:
        """Say whether its person wants it by this way, and what it says is still true."""
        urgent, ways = notification.kind == "security", ways_of(chosen, notification.kind)
        if way == "email" and not (urgent or (ways.email and user.verified and chosen.email_mode != "off")):
            return False
        if way == "push" and not ways.push:
            return False
        return notification.kind != "party_starting" or await self._still_ahead(notification)

    async def _still_ahead(self, notification: Notification) -> bool:
        """Say whether a party is still to begin, and at the time that was told."""
        party = await self._store.parties.by_id(notification.about.id) if notification.about else None
        if party is None or party.status not in {"scheduled", "lobby"} or party.started_at is not None:
            return False
        if party.scheduled_for is None:
            return False
        told = notification.fields.get("scheduled_for")
        return party.scheduled_for.isoformat() == told and party.scheduled_for > self._now()

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
