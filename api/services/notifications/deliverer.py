"""Sends what is to leave the house. One loop on each node; claims in MongoDB see to it that each delivery is one node's.

Theory. A delivery is claimed with a lease, tried, and ended with the number of its claim. Whoever dies in between leaves
a claim that runs out: exactly one more try follows. What a try does twice is harmless by its ids: a mail and a digest
are put into the outbox under the delivery's own id, a push replaces the one of the same topic.
"""

from datetime import datetime, timedelta

from api.services.notifications.digests import Digests
from api.services.notifications.planner import Planner
from api.services.notifications.preferences import Preferences, zone_of
from api.services.notifications.wanted import Wanted
from api.services.notifications.ways import Ended, Failed, Later, Outcome, Parcel, Way
from api.services.rounds import Rounds
from conf import logs
from conf.clock import Clock, utc
from conf.metrics import Metrics
from store.database import Store
from store.documents import Delivery

POLL_SECONDS = 5.0
"""How soon a delivery goes that another node planned or that was put off."""
LEASE = timedelta(seconds=120)
"""Longer than a push to all of somebody's browsers may take, and than the store repeats a call."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LAST_ATTEMPT = 12
"""Given up after about five hours: 30 s, 1 min, 2 min … 32 min, then hourly."""

log = logs.get("api.notifications")


class Deliverer(Rounds):
    def __init__(
        self,
        *,
        store: Store,
        preferences: Preferences,
        planner: Planner,
        wanted: Wanted,
        digests: Digests,
        ways: dict[str, Way],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        super().__init__(
            clock=clock,
            seconds=POLL_SECONDS,
            log=log,
            waits="deliveries cannot be read",
            fails="a delivery could not be handled",
        )
        self._store = store
        self._preferences = preferences
        self._planner = planner
        self._wanted = wanted
        self._digests = digests
        self._ways = ways
        self._metrics = metrics

    async def round(self) -> int:
        return await self.deliver_due()

    async def deliver_due(self) -> int:
        """Deliver all that is due; return how many were tried. Raises `store.errors.StoreError`."""
        await self._planner.heal()
        tried = 0
        while (delivery := await self._store.deliveries.claim(self._now(), LEASE)) is not None:
            with logs.bound(delivery_id=delivery.id):
                await self._settle(delivery, await self._try(delivery))
            tried += 1
        return tried

    async def _try(self, delivery: Delivery) -> Outcome:
        user = await self._store.users.by_id(delivery.user_id)
        if user is None or user.shut_out(self._now()):
            return Ended(state="dropped")
        chosen = await self._preferences.of(user.id)
        if delivery.notification_id is None:
            return await self._digests.send(delivery, user, chosen)
        notification = await self._store.notifications.by_id(delivery.notification_id)
        if notification is None:
            return Ended(state="dropped")
        refusal = await self._wanted.refusal(notification, delivery.way, user, chosen)
        if refusal is not None:
            return refusal
        parcel = Parcel(delivery=delivery, notification=notification, user=user, zone=zone_of(user))
        return await self._ways[delivery.way].send(parcel)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Ended(state=state):
                await self._store.deliveries.end(delivery, state, self._now())
                if delivery.notification_id is None:
                    await self._digests.leave_nobody_behind(delivery)
                self._metrics.count(f"notifications.{state}")
            case Later(until=until):
                await self._store.deliveries.put_off(delivery, until)
            case Failed(again=True, wait=wait) if delivery.attempts < LAST_ATTEMPT:
                until = self._now() + (wait or min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 10), LONGEST_WAIT))
                await self._store.deliveries.put_off(delivery, until, outcome.why)
                log.info("delivery put off", error=outcome.why, attempts=delivery.attempts)
            case Failed(why=why):
                await self._store.deliveries.end(delivery, "failed", self._now(), why)
                self._metrics.count("notifications.failed")
                log.warning("delivery given up", error=why, attempts=delivery.attempts)

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
