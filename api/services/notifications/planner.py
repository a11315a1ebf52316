"""From a notification to its deliveries: which ways it goes, and when. Doing it again changes nothing."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from api.services.notifications.preferences import Preferences, ways_of, zone_of
from api.services.notifications.quiet_hours import next_digest, quiet_until
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Delivery, Notification, NotificationPreferences, User

HEAL_AFTER = timedelta(seconds=30)
"""Longer than any call of the store is repeated: who planned it is gone, or was refused."""
HEALED_AT_ONCE = 100


class Planner:
    """`push` says whether this installation sends pushes at all."""

    def __init__(self, *, store: Store, preferences: Preferences, clock: Clock, push: bool) -> None:
        self._store = store
        self._preferences = preferences
        self._clock = clock
        self._push = push

    async def leaves(self, notification: Notification, chosen: NotificationPreferences) -> bool:
        """Say whether a notification may leave the house at all: most do not, and cost no more than this."""
        ways = ways_of(chosen, notification.kind)
        if ways.email and _mode(notification, chosen) != "off":
            return True
        return ways.push and self._push and bool(await self._store.push_subscriptions.of(notification.user_id))

    async def plan(self, notification: Notification, chosen: NotificationPreferences) -> None:
        """Store the deliveries of a notification. Raises `store.errors.Unavailable`; `heal` completes it then."""
        user = await self._store.users.by_id(notification.user_id)
        if user is not None and not user.shut_out(self._now()):
            await self._by_mail(notification, chosen, user)
            await self._by_push(notification, chosen, user)
        await self._store.notifications.planned(notification.id)

    async def heal(self) -> int:
        """Plan what somebody stored and did not come to plan; return how many that were."""
        found = await self._store.notifications.unplanned(self._now() - HEAL_AFTER, HEALED_AT_ONCE)
        for notification in found:
            await self.plan(notification, await self._preferences.of(notification.user_id))
        return len(found)

    async def into_digest(self, delivery: Delivery, zone: ZoneInfo, mode: Literal["daily", "weekly"]) -> None:
        """Have a delivery, stored already, go with the next digest that has not gone."""
        now = self._now()
        while True:
            slot, moment = next_digest(now, zone, mode)
            digest = f"digest:{delivery.user_id}:{slot}"
            if delivery.digest != digest:
                await self._store.deliveries.move(delivery.id, digest)
            await self._store.deliveries.plan(
                Delivery(id=digest, user_id=delivery.user_id, way="email", next_at=moment, created_at=self._now())
            )
            # Looked at after the delivery waits for it: a digest that goes from now on takes it along.
            carrier = await self._store.deliveries.by_id(digest)
            if carrier is None or carrier.state == "pending":
                return
            now = moment

    async def _by_mail(self, notification: Notification, chosen: NotificationPreferences, user: User) -> None:
        urgent, mode, zone = notification.kind == "security", _mode(notification, chosen), zone_of(user)
        # An address that nobody has confirmed may be somebody else's.
        if not ways_of(chosen, notification.kind).email or mode == "off" or not (user.verified or urgent):
            return
        if mode == "immediate":
            await self._store.deliveries.plan(self._delivery(notification, "email", self._start(chosen, zone, urgent)))
            return
        slot, _moment = next_digest(self._now(), zone, mode)
        delivery = self._delivery(notification, "email", None, digest=f"digest:{user.id}:{slot}")
        await self._store.deliveries.plan(delivery)
        await self.into_digest(delivery, zone, mode)

    async def _by_push(self, notification: Notification, chosen: NotificationPreferences, user: User) -> None:
        if not (self._push and ways_of(chosen, notification.kind).push):
            return
        if await self._store.push_subscriptions.of(user.id):
            start = self._start(chosen, zone_of(user), notification.kind == "security")
            await self._store.deliveries.plan(self._delivery(notification, "push", start))

    def _start(self, chosen: NotificationPreferences, zone: ZoneInfo, urgent: bool) -> datetime:  # noqa: FBT001
        now = self._now()
        return now if urgent else quiet_until(now, zone, chosen.quiet_hours) or now

    def _delivery(
        self,
        notification: Notification,
        way: Literal["email", "push"],
        start: datetime | None,
        digest: str | None = None,
    ) -> Delivery:
        return Delivery(
            id=f"{notification.id}:{way}",
            user_id=notification.user_id,
            way=way,
            notification_id=notification.id,
            digest=digest,
            next_at=start,
            created_at=self._now(),
        )

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())


def _mode(
    notification: Notification, chosen: NotificationPreferences
) -> Literal["immediate", "daily", "weekly", "off"]:
    return "immediate" if notification.kind == "security" else chosen.email_mode
