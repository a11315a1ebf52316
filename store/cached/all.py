"""The caches of one store: made by the table, filled at the start, and asked what they did."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec

from conf import logs
from conf.clock import utc
from store.cached.cache import Cache, Figures
from store.cached.collection import CachedCollection
from store.cached.stamped import Stamped
from store.cached.table import BOUND_MS, TIERS, Tier, Warm
from store.cached.watch import Watch
from store.collection import Calls, Collection, Row
from store.errors import Unavailable

WARM_SECONDS = 2.0
"""How long a start may wait for the caches."""
WARM_DOCUMENTS = 500

log = logs.get("store.cached")


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be kept: entries by the name of the tier (0 or absent: it is off), and bytes of each tier."""

    entries: Mapping[str, int]
    limit_bytes: int


class Caches:
    def __init__(self, *, database: Any, calls: Calls, sizes: Sizes) -> None:
        self._database = database
        self._calls = calls
        self._on = {tier.collection: tier for tier in TIERS if sizes.entries.get(tier.collection)}
        self._watch = Watch(database=database, names=list(self._on), clock=calls.clock, changed=self._changed)
        self._caches = {name: self._cache(tier, sizes) for name, tier in self._on.items()}
        self._collections: dict[str, CachedCollection] = {}
        self.ranges = Stamped(
            entries=sizes.entries.get("aggregates", 0), limit_bytes=sizes.limit_bytes, metrics=calls.metrics
        )
        """Dashboards over ranges, each as it was computed from its rows."""
        self.answers = self._answers(sizes)
        """Answers that many may ask for at once, none older than `BOUND_MS`."""

    def over(self, collection: Collection) -> Collection:
        """Put a cache before a collection, where the table has one for it."""
        if (cache := self._caches.get(collection.name)) is None:
            return collection
        cached = CachedCollection(collection, tier=self._on[collection.name], cache=cache)
        self._collections[collection.name] = cached
        return cached

    def start(self) -> None:
        """Follow what others change; before that, every read goes to the database."""
        if self._on:
            self._watch.start()

    async def close(self) -> None:
        await self._watch.close()

    def figures(self) -> list[Figures]:
        """Tell what each cache has done and holds."""
        return [cache.figures() for cache in self._caches.values()]

    async def warm(self, seconds: float = WARM_SECONDS) -> int:
        """Read what will be asked for first, within `seconds`; return how many entries there are then.

        A start never fails for it: what could not be read in time is read when somebody asks.
        """
        if not self._on:
            return 0
        started_ms = self._calls.clock.now_ms()
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(seconds):
                await self._watch.followed.wait()
                await asyncio.gather(*(self._fill(name, tier.warm) for name, tier in self._on.items() if tier.warm))
        took_ms = self._calls.clock.now_ms() - started_ms
        entries = sum(each.entries for each in self.figures())
        self._calls.metrics.timing("cache.warm_ms", took_ms)
        log.info("caches warmed", entries=entries, ms=round(took_ms))
        return entries

    async def _fill(self, name: str, warm: Warm) -> None:
        query: Row = dict(warm.query)
        if warm.since_minutes is not None:
            query["created_at"] = {"$gte": utc(self._calls.clock.now_ms()) - timedelta(minutes=warm.since_minutes)}
        source = Collection(self._database[warm.collection], self._calls)
        order = [("created_at" if warm.since_minutes else "_id", -1)]
        rows = await source.find(query, sort=order, limit=WARM_DOCUMENTS, fields=[warm.field])
        ids = {row[warm.field] for row in rows}
        await asyncio.gather(*(self._collections[name].find_one({"_id": found}, recent=True) for found in ids))

    def _answers(self, sizes: Sizes) -> Cache:
        entries = sizes.entries.get("aggregates", 0)
        return Cache(
            "answers",
            seconds=BOUND_MS / 1000,
            entries=entries,
            limit_bytes=sizes.limit_bytes,
            clock=self._calls.clock,
            metrics=self._calls.metrics,
            current=lambda: entries > 0,  # its time is all that it rests on
        )

    def _changed(self, name: str, document_id: object) -> None:
        self._collections[name].changed(document_id)

    def _cache(self, tier: Tier, sizes: Sizes) -> Cache:
        return Cache(
            tier.collection,
            seconds=tier.seconds,
            entries=sizes.entries[tier.collection],
            limit_bytes=sizes.limit_bytes,
            clock=self._calls.clock,
            metrics=self._calls.metrics,
            current=self._watch.current,
        )
