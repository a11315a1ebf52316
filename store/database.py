"""The store: every collection's repository over one client of MongoDB."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from conf.clock import Clock
from conf.metrics import Metrics
from store import indexes
from store.aggregates import Aggregates
from store.audit_log import AuditLog
from store.cached.all import Caches, Sizes
from store.changes import PEOPLE, Changes, Kind
from store.clients import CALL_TIMEOUT_MS, Driver, open_client
from store.collection import Calls, Collection
from store.deliveries import Deliveries
from store.devices import Devices
from store.documents import Erased
from store.erasures import Erasures
from store.events import Events
from store.events_past import EventsPast
from store.first_views import FirstViews
from store.forgetting import Held, shown
from store.idempotency import Idempotency
from store.invites import Invites
from store.job_board import JobBoard
from store.job_outcomes import JobOutcomes
from store.live import Live
from store.mail_tokens import MailTokens
from store.notification_preferences import NotificationPreferences
from store.notifications import Notifications
from store.outbox import Outbox
from store.pages import each
from store.parties import Parties
from store.party_archive import PartyArchive
from store.party_log import PartyLog
from store.party_log_by_type import PartyLogByType
from store.party_log_past import PartyLogPast
from store.party_reactions import PartyReactions
from store.party_snapshots import PartySnapshots
from store.positions import Positions
from store.push_subscriptions import PushSubscriptions
from store.rate_buckets import RateBuckets
from store.refresh_tokens import RefreshTokens
from store.relations import Relations
from store.reports import Reports
from store.retry import Retry
from store.rsvps import Rsvps
from store.spool import Spool
from store.spooled_events import SpooledEvents
from store.switches import Switches
from store.tickets import Tickets
from store.tracked import Tracked
from store.users import Users
from store.videos import Videos

PING_SECONDS = 1.0
"""For its turn behind other calls, and for repeating it: a node is not away because it is busy."""
NO_CACHES = Sizes(entries={}, limit_bytes=0)


class CollectionSize(msgspec.Struct, frozen=True, kw_only=True):
    """How much a collection holds."""

    name: str
    documents: int
    bytes: int
    """Of its documents, before they are compressed on disk."""
    index_bytes: int


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What MongoDB says of itself."""

    version: str
    collections: list[CollectionSize]


class Store:
    """The repositories, by the names of their collections. Made by `connect`."""

    def __init__(
        self,
        *,
        client: Any,
        database: str,
        calls: Calls,
        close: Callable[[], Awaitable[None]],
        caches: Sizes,
        spool: Spool | None = None,
    ) -> None:
        self._database = client[database]
        self._calls = calls
        self._close = close
        self.caches = Caches(database=self._database, calls=calls, sizes=caches)
        traces = self._collection("deletions")
        tracked: dict[Kind, Collection] = {
            kind: self.caches.over(Tracked(self._database[kind], calls, traces=traces, people=people))
            for kind, people in PEOPLE.items()
        }
        self.changes = Changes(tracked, traces)
        self._tracked: dict[str, Collection] = {str(kind): collection for kind, collection in tracked.items()}
        self.users = Users(self._collection("users"))
        self.refresh_tokens = RefreshTokens(self._collection("refresh_tokens"))
        self.relations = Relations(tracked["relations"])
        self.tickets = Tickets(self._collection("tickets"))
        self.mail_tokens = MailTokens(self._collection("mail_tokens"))
        self.outbox = Outbox(self._collection("outbox"))
        self.notifications = Notifications(tracked["notifications"])
        self.deliveries = Deliveries(self._collection("deliveries"))
        self.notification_preferences = NotificationPreferences(self._collection("notification_preferences"))
        self.push_subscriptions = PushSubscriptions(self._collection("push_subscriptions"))
        self.rsvps = Rsvps(self._collection("rsvps"))
        self.first_views = FirstViews(self._collection("first_views"))
        self.positions = Positions(self._collection("positions"))
        self.videos = Videos(tracked["videos"])
        self.parties = Parties(tracked["parties"])
        self.devices = Devices(self._collection("devices"))
        self.invites = Invites(self._collection("invites"))
        archive = PartyArchive(self._collection("party_archive"))
        self.party_log = PartyLog(self._collection("party_log"), archive, calls)
        self.party_log_by_type = PartyLogByType(self._collection("party_log"), archive)
        self.party_log_past = PartyLogPast(self._collection("party_log"), archive)
        self.party_snapshots = PartySnapshots(self._collection("party_snapshots"))
        self.party_reactions = PartyReactions(self._collection("party_reactions"))
        self.erasures = Erasures(self._collection("erasures"))
        self.events_past = EventsPast(self._database, calls)
        self.events: Events | SpooledEvents = Events(self._database, calls)
        if spool is not None:
            self.events = SpooledEvents(
                self.events,
                spool,
                pseudonyms=self.erasures.pseudonyms,
                clock=calls.clock,
                metrics=calls.metrics,
            )
        self.rate_buckets = RateBuckets(self._collection("rate_buckets"))
        self.idempotency = Idempotency(self._collection("idempotency"))
        self.switches = Switches(self._collection("switches"))
        self.reports = Reports(self._collection("reports"))
        self.job_board = JobBoard(*map(self._collection, ("job_schedule", "job_requests", "job_runs")))
        self.job_outcomes = JobOutcomes(self._collection("job_runs"))
        self.live = Live(self._collection("live"), self._collection("live_days"))
        self.audit_log = AuditLog(self._collection("audit_log"))
        self.aggregates = Aggregates(self._collection("aggregates"))

    async def ping(self) -> float:
        """Ask MongoDB for a sign of life; return the milliseconds that it took. Raises `Unavailable`."""
        started_ms = self._calls.clock.now_ms()
        await self._calls.run(lambda: self._database.command("ping"), seconds=PING_SECONDS)
        return self._calls.clock.now_ms() - started_ms

    async def facts(self) -> DatabaseFacts:
        """Tell the version of MongoDB and how large each collection is. Raises `Unavailable`."""
        build = await self._calls.run(self._database.client.server_info)
        names = await self._calls.run(self._database.list_collection_names)
        sizes = []
        for name in sorted(names):
            found = await self._calls.run(partial(self._database.command, "collStats", name))
            sizes.append(
                CollectionSize(
                    name=name, documents=found["count"], bytes=found["size"], index_bytes=found["totalIndexSize"]
                )
            )
        return DatabaseFacts(version=build["version"], collections=sizes)

    async def held(self, held: Held, who: Erased) -> AsyncIterator[dict[str, Any]]:
        """Read what a collection holds of somebody's own, as their export shows it."""
        if held.own is not None:
            async for row in each(self._collection(held.collection), held.own(who)):
                yield shown(row, held)

    async def erase(self, held: Held, who: Erased, pseudonym: str) -> int:
        """Do with a collection what is to be done when somebody goes; return how many documents that were."""
        if held.erase is None:
            return 0
        collection = self._tracked.get(held.collection) or self._collection(held.collection)
        return await held.erase(collection, who, pseudonym)

    async def close(self) -> None:
        """Write what is pending and let the connections go."""
        await self.party_log.close()
        await self.events.close()
        await self.caches.close()
        await self._close()

    def _collection(self, name: str) -> Collection:
        return self.caches.over(Collection(self._database[name], self._calls))


async def connect(
    *,
    uri: str,
    database: str,
    driver: Driver = "motor",
    clock: Clock,
    metrics: Metrics,
    retry_seconds: float = 10.0,
    call_timeout_ms: int = CALL_TIMEOUT_MS,
    caches: Sizes = NO_CACHES,
    spool: Spool | None = None,
) -> Store:
    """Open the store in the running loop and create what indexes are missing. Raises `Unavailable`.

    A call that MongoDB leaves unanswered is given up after `call_timeout_ms`, and repeated for `retry_seconds` in all.
    `caches` says what is kept in memory: nothing for a command that ends soon. With a `spool`, which the store closes,
    events are taken while MongoDB is away.
    """
    client, close = open_client(uri, driver, call_timeout_ms)
    calls = Calls(retry=Retry(clock=clock, seconds=retry_seconds), clock=clock, metrics=metrics)
    try:
        await indexes.ensure(client[database], calls)
    except BaseException:
        await close()
        raise
    store = Store(client=client, database=database, calls=calls, close=close, caches=caches, spool=spool)
    store.caches.start()
    if isinstance(store.events, SpooledEvents):
        store.events.start()
    return store
