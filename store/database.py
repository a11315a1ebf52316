"""The store: every collection's repository over one client of MongoDB."""

from collections.abc import Awaitable, Callable
from typing import Any

from conf.clock import Clock
from conf.metrics import Metrics
from store import indexes
from store.aggregates import Aggregates
from store.audit_log import AuditLog
from store.clients import CALL_TIMEOUT_MS, Driver, open_client
from store.collection import Calls, Collection
from store.deliveries import Deliveries
from store.events import Events
from store.idempotency import Idempotency
from store.invites import Invites
from store.mail_tokens import MailTokens
from store.notification_preferences import NotificationPreferences
from store.notifications import Notifications
from store.outbox import Outbox
from store.parties import Parties
from store.party_log import PartyLog
from store.positions import Positions
from store.push_subscriptions import PushSubscriptions
from store.rate_buckets import RateBuckets
from store.refresh_tokens import RefreshTokens
from store.relations import Relations
from store.retry import Retry
from store.rsvps import Rsvps
from store.switches import Switches
from store.tickets import Tickets
from store.users import Users
from store.videos import Videos


class Store:
    """The repositories, by the names of their collections. Made by `connect`."""

    def __init__(self, *, client: Any, database: str, calls: Calls, close: Callable[[], Awaitable[None]]) -> None:
        self._database = client[database]
        self._calls = calls
        self._close = close
        self.users = Users(self._collection("users"))
        self.refresh_tokens = RefreshTokens(self._collection("refresh_tokens"))
        self.relations = Relations(self._collection("relations"))
        self.tickets = Tickets(self._collection("tickets"))
        self.mail_tokens = MailTokens(self._collection("mail_tokens"))
        self.outbox = Outbox(self._collection("outbox"))
        self.notifications = Notifications(self._collection("notifications"))
        self.deliveries = Deliveries(self._collection("deliveries"))
        self.notification_preferences = NotificationPreferences(self._collection("notification_preferences"))
        self.push_subscriptions = PushSubscriptions(self._collection("push_subscriptions"))
        self.rsvps = Rsvps(self._collection("rsvps"))
        self.positions = Positions(self._collection("positions"))
        self.videos = Videos(self._collection("videos"))
        self.parties = Parties(self._collection("parties"))
        self.invites = Invites(self._collection("invites"))
        self.party_log = PartyLog(self._collection("party_log"), calls)
        self.events = Events(self._database, calls)
        self.rate_buckets = RateBuckets(self._collection("rate_buckets"))
        self.idempotency = Idempotency(self._collection("idempotency"))
        self.switches = Switches(self._collection("switches"))
        self.audit_log = AuditLog(self._collection("audit_log"))
        self.aggregates = Aggregates(self._collection("aggregates"))

    async def ping(self) -> float:
        """Ask MongoDB once for a sign of life; return the milliseconds that it took. Raises `Unavailable`."""
        started_ms = self._calls.clock.now_ms()
        await self._calls.run(lambda: self._database.command("ping"), seconds=0)
        return self._calls.clock.now_ms() - started_ms

    async def close(self) -> None:
        """Write what is pending and let the connections go."""
        await self.party_log.close()
        await self.events.close()
        await self._close()

    def _collection(self, name: str) -> Collection:
        return Collection(self._database[name], self._calls)


async def connect(
    *,
    uri: str,
    database: str,
    driver: Driver = "motor",
    clock: Clock,
    metrics: Metrics,
    retry_seconds: float = 10.0,
    call_timeout_ms: int = CALL_TIMEOUT_MS,
) -> Store:
    """Open the store in the running loop and create what indexes are missing. Raises `Unavailable`.

    A call that MongoDB leaves unanswered is given up after `call_timeout_ms`, and repeated for `retry_seconds` in all.
    """
    client, close = open_client(uri, driver, call_timeout_ms)
    calls = Calls(retry=Retry(clock=clock, seconds=retry_seconds), clock=clock, metrics=metrics)
    try:
        await indexes.ensure(client[database], calls)
    except BaseException:
        await close()
        raise
    return Store(client=client, database=database, calls=calls, close=close)
