"""One collection behind either driver: calls take turns, are timed, and are repeated after faults of the connection.

Motor and PyMongo's AsyncMongoClient have the same methods here; this is the only file that calls them.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from bson.raw_bson import RawBSONDocument
from pymongo import ReturnDocument
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from conf.clock import Clock
from conf.metrics import Metrics
from store import tally
from store.encoding import UNENCODABLE
from store.errors import AlreadyExists, NotStorable, Unavailable
from store.retry import Retry, is_connection_fault

CALLS_IN_FLIGHT = 8
"""Turns for all repositories together, first come first served: without them PyMongo's pool starves some waiters
(p99 2.4 s at 500 callers against 0.9 s), and more in flight gained nothing on two cores."""

DUPLICATE_KEY = 11000

T = TypeVar("T")
Sort = Sequence[tuple[str, int]]
Row = dict[str, Any]


class Calls:
    """How every call of one store is made; shared by its collections."""

    def __init__(self, *, retry: Retry, clock: Clock, metrics: Metrics) -> None:
        self.retry = retry
        self.clock = clock
        self.metrics = metrics
        self._turns = asyncio.Semaphore(CALLS_IN_FLIGHT)

    async def run(self, call: Callable[[], Awaitable[T]], *, seconds: float | None = None) -> T:
        """Make a call, again and again for `seconds` (the store's own without) while the connection fails.

        Raises `Unavailable` for every fault of the database except `DuplicateKeyError`, and `NotStorable`.
        """
        # Counted from the arrival: in an outage a queue of callers gives up together, not one after the other.
        until_ms = self.clock.now_ms() + (self.retry.seconds if seconds is None else seconds) * 1000

        async def in_turn() -> T:
            waits = self._turns.locked()
            async with self._turns:
                started_ms = self.clock.now_ms()
                if waits and started_ms > until_ms:
                    raise Unavailable("the database did not answer those before us in time")
                try:
                    return await call()
                finally:
                    took_ms = self.clock.now_ms() - started_ms
                    tally.add(took_ms)
                    self.metrics.timing("database.call_ms", took_ms)

        try:
            return await self.retry.run(in_turn, on_retry=self._count_retry, until_ms=until_ms)
        except DuplicateKeyError:
            raise
        except PyMongoError as error:
            raise refusal(error) from None
        except UNENCODABLE as error:
            raise NotStorable(f"{type(error).__name__}: a value cannot be stored or asked for") from error

    def _count_retry(self) -> None:
        self.metrics.count("database.retries")


class Collection:
    """What repositories do with a collection. Documents are dicts with aware datetimes."""

    def __init__(self, raw: Any, calls: Calls) -> None:
        self._raw = raw
        self._calls = calls
        self.name: str = raw.name

    async def insert(self, document: Row) -> None:
        """Insert one document. Raises `AlreadyExists` with the first field of the unique index that refused it."""
        attempts = 0

        async def once() -> None:
            nonlocal attempts
            attempts += 1
            await self._raw.insert_one(document)

        try:
            await self._calls.run(once)
        except DuplicateKeyError as error:
            # After a fault, the document that stands in our way may be our own earlier attempt.
            if attempts > 1 and await self.find_one({"_id": document["_id"]}) is not None:
                return
            raise AlreadyExists(taken_field(error)) from None

    async def put(self, document: Row) -> None:
        """Store a document in the place of the one with its `_id`, or as a new one."""
        try:
            await self._calls.run(lambda: self._raw.replace_one({"_id": document["_id"]}, document, upsert=True))
        except DuplicateKeyError:
            # Of two that put the first one at once, mongod lets the second fail; now there is one to replace.
            await self._calls.run(lambda: self._raw.replace_one({"_id": document["_id"]}, document, upsert=True))

    async def find_one(
        self,
        query: Row,
        *,
        sort: Sort | None = None,
        fields: Sequence[str] | None = None,
        recent: bool = False,  # noqa: ARG002 - a cache may answer it (`store.cached`); here there is none
    ) -> Row | None:
        """Find one that matches. `recent`: as it was at most a second ago will do."""
        projection = dict.fromkeys(fields, 1) if fields else None
        found: Row | None = await self._calls.run(lambda: self._raw.find_one(query, projection, sort=sort))
        return found

    async def find(
        self,
        query: Row,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
        recent: bool = False,  # noqa: ARG002 - as above
    ) -> list[Row]:
        """Find all that match, at most `limit` of them (0: no limit), with only `fields` where given."""
        projection = dict.fromkeys(fields, 1) if fields else None

        async def once() -> list[Row]:
            cursor = self._raw.find(query, projection, sort=sort, limit=limit)
            rows: list[Row] = await cursor.to_list(None)
            return rows

        return await self._calls.run(once)

    async def change(
        self,
        query: Row,
        update: Row | Sequence[Row],
        *,
        sort: Sort | None = None,
        upsert: bool = False,
        before: bool = False,
        retry_seconds: float | None = None,
    ) -> Row | None:
        """Update the first document that matches and return it as it is afterwards (`before`: was), None for none.

        `upsert` makes the document where there is none; its `query` must name the `_id`.
        """
        returned = ReturnDocument.BEFORE if before else ReturnDocument.AFTER

        async def once() -> Row | None:
            changed: Row | None = await self._raw.find_one_and_update(
                query, update, sort=sort, upsert=upsert, return_document=returned
            )
            return changed

        try:
            return await self._calls.run(once, seconds=retry_seconds)
        except DuplicateKeyError:
            if not upsert:
                raise
            # Another caller made the document in the same moment: now there is one to change.
            return await self._calls.run(once, seconds=retry_seconds)

    async def update(self, query: Row, update: Row) -> bool:
        """Update the one document that matches; False where none does."""
        result = await self._calls.run(lambda: self._raw.update_one(query, update))
        return bool(result.matched_count)

    async def update_all(
        self, query: Row, update: Row | Sequence[Row], array_filters: Sequence[Row] | None = None
    ) -> int:
        result = await self._calls.run(lambda: self._raw.update_many(query, update, array_filters=array_filters))
        return int(result.matched_count)

    async def delete(self, query: Row) -> bool:
        result = await self._calls.run(lambda: self._raw.delete_one(query))
        return bool(result.deleted_count)

    async def delete_all(self, query: Row) -> int:
        """Delete all that match; return how many that were."""
        result = await self._calls.run(lambda: self._raw.delete_many(query))
        return int(result.deleted_count)

    async def count(self, query: Row) -> int:
        return int(await self._calls.run(lambda: self._raw.count_documents(query)))

    async def count_distinct(self, field: str, query: Row) -> int:
        """Count the different values of a field among the documents that match."""
        steps = [{"$match": query}, {"$group": {"_id": f"${field}"}}, {"$count": "n"}]

        async def once() -> int:
            found = self._raw.aggregate(steps)
            cursor = await found if inspect.isawaitable(found) else found  # Motor gives the cursor at once
            rows = await cursor.to_list(None)
            return int(rows[0]["n"]) if rows else 0

        return await self._calls.run(once)

    async def present(self, ids: Sequence[str], *, durable: bool) -> set[str]:
        """Tell which of `ids` exist: as a majority has them (`durable`), or on this primary at least.

        Like `insert_encoded`, it takes no turn and does not retry.
        """
        raw = self._raw if durable else self._raw.with_options(read_concern=ReadConcern("local"))
        rows = await raw.find({"_id": {"$in": list(ids)}}, {"_id": 1}).to_list(None)
        return {row["_id"] for row in rows}

    async def insert_encoded(self, documents: Sequence[bytes]) -> dict[int, Row]:
        """Insert BSON documents in one unordered command; return the write errors by position.

        Takes no turn and does not retry: group commits order themselves. A write concern that was not met, like any
        fault of the connection, raises.
        """
        try:
            await self._raw.insert_many([RawBSONDocument(document) for document in documents], ordered=False)
        except BulkWriteError as error:
            if is_connection_fault(error):
                raise AutoReconnect("the write concern was not met") from None  # its text would quote the documents
            return {entry["index"]: entry for entry in error.details["writeErrors"]}
        return {}


def refusal(error: PyMongoError) -> Unavailable:
    """Name what the database said, without its text: that may quote documents."""
    details = getattr(error, "details", None) or {}
    return Unavailable(f"the database refused a call: {details.get('codeName') or type(error).__name__}")


def taken_field(error: DuplicateKeyError) -> str:
    """Name the field that is taken, as its users know it: `email`, not `email_key`."""
    pattern: Mapping[str, Any] = (error.details or {}).get("keyPattern") or {"_id": 1}
    field = next(iter(pattern))
    return "id" if field == "_id" else field.removesuffix("_key")
