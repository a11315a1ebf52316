"""Every repository is held to the same behaviour on both drivers."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import pytest
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from conf.clock import Clock, SystemClock
from conf.metrics import Metrics, NullMetrics
from matinee.mongod import EmbeddedMongod
from store.cached.all import Sizes
from store.cached.table import TIERS
from store.clients import Driver
from store.collection import Collection
from store.database import NO_CACHES, Store, connect
from store.documents import PartyEvent
from store.errors import Unavailable
from store.spool import Spool
from tests.conftest import indexes_are_there
from tests.fakes.mongo_proxy import Matches, MongoProxy


class OpenStore(Protocol):
    """Open a further store on the test's database."""

    def __call__(
        self,
        *,
        uri: str | None = None,
        metrics: Metrics | None = None,
        retry_seconds: float = 10.0,
        call_timeout_ms: int = 5000,
        caches: Sizes | None = None,
        spool: Spool | None = None,
        clock: Clock | None = None,
    ) -> Awaitable[Store]: ...


OpenProxy = Callable[[Matches], Awaitable[tuple[MongoProxy, str]]]

T = TypeVar("T")


async def once_back(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call of a store with little patience whose database has just come back: the driver looks again each second."""
    for _ in range(20):
        with suppress(Unavailable):
            return await call()
    raise AssertionError("the database is back, and still unavailable")


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> Driver:
    chosen: Driver = request.param
    return chosen


ALL_TIERS = Sizes(entries={tier.collection: 1000 for tier in TIERS}, limit_bytes=1_000_000)


@pytest.fixture
def caching(request: pytest.FixtureRequest) -> bool:
    """Whether the stores answer from memory; `over_both` runs a suite with and without."""
    chosen: bool = getattr(request, "param", False)
    return chosen


over_both = (
    pytest.mark.usefixtures("caching"),
    pytest.mark.parametrize("caching", [False, True], ids=["plain", "cached"], indirect=True),
)


class Eager:
    """A collection whose every read may come from memory, so that a suite finds out whether that is old."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)
        return partial(method, recent=True) if name in {"find", "find_one"} else method


@pytest.fixture
def open_proxy(mongod: EmbeddedMongod, io_loop: IOLoop) -> Iterator[OpenProxy]:
    """Put a proxy before mongod; give it and the URI that leads through it and nowhere else."""
    opened: list[MongoProxy] = []

    async def opener(matches: Matches) -> tuple[MongoProxy, str]:
        proxy = MongoProxy(mongod.port, matches)
        port = await proxy.start()
        opened.append(proxy)
        uri = mongod.uri.replace(str(mongod.port), str(port)).replace("replicaSet=rs0", "directConnection=true")
        return proxy, uri

    yield opener
    for proxy in opened:
        io_loop.run_sync(proxy.close)


@pytest.fixture
def open_store(  # noqa: PLR0917 - fixtures
    mongod: EmbeddedMongod,
    database: str,
    driver: Driver,
    caching: bool,
    io_loop: IOLoop,
    open_proxy: OpenProxy,  # so that the stores are closed before what they connect through
) -> Iterator[OpenStore]:
    opened: list[Store] = []

    async def opener(
        *,
        uri: str | None = None,
        metrics: Metrics | None = None,
        retry_seconds: float = 10.0,
        call_timeout_ms: int = 5000,
        caches: Sizes | None = None,
        spool: Spool | None = None,
        clock: Clock | None = None,
    ) -> Store:
        store = await connect(
            uri=uri or mongod.uri,
            database=database,
            driver=driver,
            clock=clock or SystemClock(),
            metrics=metrics or NullMetrics(),
            retry_seconds=retry_seconds,
            call_timeout_ms=call_timeout_ms,
            caches=caches or (ALL_TIERS if caching else NO_CACHES),
            spool=spool,
        )
        opened.append(store)
        if caching:
            await store.caches.warm()
            for repository in (store.users, store.videos, store.parties, store.aggregates):
                repository._collection = cast("Collection", Eager(repository._collection))
        return store

    yield opener
    for store in opened:
        io_loop.run_sync(store.close)


@pytest.fixture
def store(open_store: OpenStore, io_loop: IOLoop) -> Store:
    with indexes_are_there():
        return io_loop.run_sync(open_store)


@pytest.fixture
def raw(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    """Look at the test's database past the store."""
    return mongo_client[database]


def said(seq: int, text: str = "hello", **fields: Any) -> PartyEvent:
    return PartyEvent(event_id=f"{text}-{seq}", seq=seq, type="chat.sent", at_ms=1, body={"text": text}, **fields)


def said_from(seq: int, count: int, text: str = "hello") -> list[PartyEvent]:
    return [said(number, text) for number in range(seq, seq + count)]
