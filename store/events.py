"""Telemetry, beside the party log: one clustered, zstd-compressed collection a day, `events_YYYYMMDD`.

A day is that of `received_ms`, UTC, so that a whole day is dropped at once. `_id` is the event's own id: the same event
sent twice counts once, also when the second one comes after midnight. Writes of all callers share `insert_many`s:
one at a time costs the database about 1,160 µs of CPU, in batches of 1,000 about 14 µs.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from pymongo.errors import AutoReconnect, CollectionInvalid, OperationFailure

from conf.clock import utc
from store import indexes
from store.batches import Batches, Pending
from store.collection import DUPLICATE_KEY, Calls, Collection, Row
from store.documents import TelemetryEvent
from store.encoding import encode, to_document
from store.errors import NotStorable
from store.retry import PASSING_CODES

PREFIX = "events_"
CALL_EVENTS = 500
"""Events of one call that are written together; a longer call is cut."""
LINGER_SECONDS = 0.025
"""At most 40 inserts a second when little comes in, and a lone caller hardly waits."""
DAY_MS = 86_400_000
NAMESPACE_EXISTS = 48
SANE_MS = range(253_402_300_800_000)
"""Up to the end of year 9999, beyond which there is no day to write it under."""

CLUSTERED: Mapping[str, Any] = {
    "clusteredIndex": {"key": {"_id": 1}, "unique": True},
    "storageEngine": {"wiredTiger": {"configString": "block_compressor=zstd"}},
}


class Recorded(msgspec.Struct, frozen=True):
    """What became of the events of one call: all of them are durable."""

    accepted: int
    duplicates: int


class Entry(msgspec.Struct, frozen=True):
    """One event, encoded."""

    id: str
    day: str
    received_ms: int
    document: Row
    encoded: bytes


Call = Pending[list[Entry], Recorded]


def collection_name(received_ms: float) -> str:
    """Name the collection of events that were received at `received_ms`."""
    return f"{PREFIX}{utc(received_ms):%Y%m%d}"


class Events:
    def __init__(self, database: Any, calls: Calls) -> None:
        self._database = database
        self._calls = calls
        self._batches: Batches[list[Entry], Recorded] = Batches(
            write=self._write, clock=calls.clock, enough=CALL_EVENTS, linger_seconds=LINGER_SECONDS
        )
        self._days: OrderedDict[str, Collection] = OrderedDict()

    async def record(self, events: Sequence[TelemetryEvent]) -> Recorded:
        """Make `events` durable; those whose id is known already are counted, not stored again.

        Raises `Unavailable` (send them again, with the same ids), or `NotStorable`, before anything is stored, where
        one of them cannot be.
        """
        entries = [_entry(event) for event in events]
        if 0 < len(entries) <= CALL_EVENTS:
            return await self._submit(entries)
        calls = [entries[start : start + CALL_EVENTS] for start in range(0, len(entries), CALL_EVENTS)]
        parts = await asyncio.gather(*(self._submit(call) for call in calls))
        return Recorded(sum(part.accepted for part in parts), sum(part.duplicates for part in parts))

    async def close(self) -> None:
        """Write what waits, and take nothing more."""
        await self._batches.close()

    async def _submit(self, call: list[Entry]) -> Recorded:
        return await self._batches.submit(call, weight=len(call), size=sum(len(entry.encoded) for entry in call))

    async def _write(self, batch: list[Call]) -> None:
        metrics, clock, retry = self._calls.metrics, self._calls.clock, self._calls.retry
        first: dict[str, Entry] = {}
        for pending in batch:
            for entry in pending.item:
                first.setdefault(entry.id, entry)
        by_day: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in first.values():
            by_day[entry.day][entry.id] = entry
        until_ms = min(pending.since_ms for pending in batch) + retry.seconds * 1000
        new: set[str] = set()
        for day in sorted(by_day):
            writing = _Writing(await self._day(day), by_day[day])
            await self._set_known_aside(writing)
            await retry.run(writing.attempt, on_retry=partial(metrics.count, "database.retries"), until_ms=until_ms)
            new |= writing.new
        metrics.timing("database.call_ms", clock.now_ms() - min(pending.since_ms for pending in batch))
        self._answer(batch, new)

    def _answer(self, batch: list[Call], new: set[str]) -> None:
        """Credit each new event to the first call that brought it."""
        for pending in batch:
            accepted = 0
            for entry in pending.item:
                if entry.id in new:
                    new.discard(entry.id)
                    accepted += 1
            duplicates = len(pending.item) - accepted
            self._calls.metrics.count("events.recorded", accepted)
            self._calls.metrics.count("events.duplicates", duplicates)
            pending.succeed(Recorded(accepted, duplicates))

    async def _set_known_aside(self, writing: "_Writing") -> None:
        """Leave out what came the day before: its answer was lost, and midnight passed before it was sent again."""
        received_ms = next(iter(writing.entries.values())).received_ms
        before = Collection(self._database[collection_name(max(0, received_ms - DAY_MS))], self._calls)
        known = await before.find({"_id": {"$in": list(writing.entries)}}, fields=["_id"])
        for row in known:
            del writing.entries[row["_id"]]

    async def _day(self, name: str) -> Collection:
        """Return the collection of a day, made first where it is new: an insert alone would make an ordinary one."""
        if name not in self._days:
            await self._calls.run(partial(self._create, name))
            self._days[name] = Collection(self._database[name], self._calls)
            if len(self._days) > 8:  # noqa: PLR2004 - today and yesterday are in use; replays touch a few more
                self._days.popitem(last=False)
        return self._days[name]

    async def _create(self, name: str) -> None:
        try:
            await self._database.create_collection(name, check_exists=False, **CLUSTERED)
        except CollectionInvalid:
            pass
        except OperationFailure as error:
            if error.code != NAMESPACE_EXISTS:
                raise
        await self._database[name].create_indexes(indexes.EVENTS_OF_A_DAY)


class _Writing:
    """The events of one day in one batch, over as many attempts as they need."""

    def __init__(self, collection: Collection, entries: dict[str, Entry]) -> None:
        self._collection = collection
        self.entries = entries
        """Those whose outcome is open."""
        self.new: set[str] = set()
        self._repeated = False

    async def attempt(self) -> None:
        if not self.entries:
            return
        sent = list(self.entries.values())
        repeated, self._repeated = self._repeated, True
        errors = await self._collection.insert_encoded([entry.encoded for entry in sent])
        known: list[Entry] = []
        for position, entry in enumerate(sent):
            code = errors[position].get("code") if position in errors else None
            if code == DUPLICATE_KEY:
                known.append(entry)
            elif code is None:
                self.new.add(entry.id)
            elif code not in PASSING_CODES:
                raise NotStorable(f"the database refused an event with code {code}")
            if code is None or code == DUPLICATE_KEY:
                del self.entries[entry.id]
        if repeated and known:
            self.new |= await self._ours(known)
        if self.entries:
            raise AutoReconnect("some events are neither durable nor refused yet")

    async def _ours(self, known: list[Entry]) -> set[str]:
        """Find those that an earlier attempt of this batch had stored: word for word what we sent."""
        rows = await self._collection.find({"_id": {"$in": [entry.id for entry in known]}})
        stored = {row["_id"]: row for row in rows}
        return {entry.id for entry in known if stored.get(entry.id) == entry.document}


def check_storable(event: TelemetryEvent) -> None:
    """Raise `NotStorable` for an event that `Events.record` would not take."""
    _entry(event)


def _entry(event: TelemetryEvent) -> Entry:
    if event.received_ms not in SANE_MS:
        raise NotStorable("received_ms is no time")
    document = to_document(event)
    document["_id"] = document.pop("event_id")
    return Entry(event.event_id, collection_name(event.received_ms), event.received_ms, document, encode(document))
