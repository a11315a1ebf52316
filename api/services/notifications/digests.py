"""Digests: one mail for all that somebody was told in a day or a week.

Its id says whose and of which day it is, and its mail has the same id: two nodes that come to the same digest, or one
that comes to it twice, send one mail.
"""

from datetime import datetime

from api.services.mail.mailbox import Mailbox
from api.services.mail.notices import notice
from api.services.notifications import words
from api.services.notifications.planner import Planner
from api.services.notifications.preferences import zone_of
from api.services.notifications.quiet_hours import quiet_until
from api.services.notifications.wanted import Wanted
from api.services.notifications.ways import Ended, Later, Outcome
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Delivery, Notification, NotificationPreferences, User

MOST_LINES = 50


class Digests:
    def __init__(self, *, store: Store, mailbox: Mailbox, planner: Planner, wanted: Wanted, clock: Clock) -> None:
        self._store = store
        self._mailbox = mailbox
        self._planner = planner
        self._wanted = wanted
        self._clock = clock

    async def send(self, digest: Delivery, user: User, chosen: NotificationPreferences) -> Outcome:
        """Send a claimed digest with all that waits for it and is still wanted; without any of it, none."""
        zone = zone_of(user)
        until = quiet_until(self._now(), zone, chosen.quiet_hours)
        if until is not None:
            return Later(until=until)
        waiting = {one.notification_id: one for one in await self._store.deliveries.waiting_for(digest.id)}
        found = await self._store.notifications.by_ids([name for name in waiting if name is not None])
        news: list[Notification] = [
            one for one in found if one.read_at is None and await self._wanted.lasts(one, "email", user, chosen)
        ]
        if news:
            await self._mailbox.post(
                "digest",
                user.email,
                notice(
                    [(words.plainly(one, zone), words.path(one)) for one in news[:MOST_LINES]],
                    more=max(0, len(news) - MOST_LINES),
                ),
                mail_id=digest.id.replace(":", "."),
            )
        gone = {one.id for one in news}
        read = [waiting[one.id].id for one in found if one.read_at is not None]
        end, now = self._store.deliveries.end_waiting, self._now()
        await end([waiting[name].id for name in gone], "sent", now)
        await end(read, "read", now)
        await end([one.id for one in waiting.values()], "dropped", now)  # those that are left
        return Ended(state="sent" if news else "dropped")

    async def leave_nobody_behind(self, digest: Delivery) -> None:
        """Let what came while a digest went wait for the next one."""
        late = await self._store.deliveries.waiting_for(digest.id)
        if not late:
            return
        user = await self._store.users.by_id(digest.user_id)
        mode = digest.id.split(":")[2]
        if user is not None and mode in {"daily", "weekly"}:
            for delivery in late:
                await self._planner.into_digest(delivery, zone_of(user), "weekly" if mode == "weekly" else "daily")

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
