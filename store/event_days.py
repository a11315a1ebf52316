"""The days of telemetry (see `store.events`) for the pipeline's processes: made, looked at, emptied of a person, dropped."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from pymongo import InsertOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, CollectionInvalid

from store.collection import DUPLICATE_KEY
from store.events import CLUSTERED, PREFIX, collection_name
from store.indexes import EVENTS_OF_A_DAY
from store.job_runs import run_id
from store.manifest import INGEST

Row = dict[str, Any]
MINUTE_MS = 60_000
KEPT = "account.deleted"
"""Stays when somebody is erased: it counts that, and tells of nobody."""


class Minute(NamedTuple):
    """Who did something in a minute, and when that began."""

    user_id: str
    begins_ms: int


class EventDays:
    def __init__(self, database: Database[Row]) -> None:
        self._database = database

    def days(self) -> list[str]:
        """List the days that there are, `2026-11-23`, the first one first."""
        names = self._database.list_collection_names(filter={"name": {"$regex": f"^{PREFIX}[0-9]{{8}}$"}})
        days = (name.removeprefix(PREFIX) for name in names)
        return sorted(f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in days)

    def drop(self, day: str) -> None:
        """Drop a day whole, which takes milliseconds however much it holds."""
        self._database.drop_collection(PREFIX + day.replace("-", ""))

    def put(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Write events of one day, making the day where it is new; those that are there already stay as they are."""
        name = collection_name(documents[0]["received_ms"])
        with suppress(CollectionInvalid):
            self._database.create_collection(name, **CLUSTERED)
        self._database[name].create_indexes(EVENTS_OF_A_DAY)
        try:
            self._database[name].bulk_write([InsertOne(dict(document)) for document in documents], ordered=False)
        except BulkWriteError as error:
            if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
                raise

    def minutes_of(self, day: str, user_ids: Sequence[str]) -> list[Minute]:
        """Tell in which minutes of a day some people did something that can be forgotten."""
        name = PREFIX + day.replace("-", "")
        minute: Row = {"$subtract": ["$received_ms", {"$mod": ["$received_ms", MINUTE_MS]}]}
        grouped = self._database[name].aggregate(
            [
                {"$match": {"user_id": {"$in": list(user_ids)}, "type": {"$ne": KEPT}}},
                {"$group": {"_id": {"user": "$user_id", "minute": minute}}},
                {"$sort": {"_id.minute": 1, "_id.user": 1}},
            ]
        )
        return [Minute(row["_id"]["user"], int(row["_id"]["minute"])) for row in grouped]

    def forget(self, user_id: str, begins_ms: int, slot: str) -> int:
        """Delete what somebody did in a minute, and take it out of what the manifest says of that slot, in one.

        So the manifest never holds more than there is, which would hide an event that comes late. Return how many events
        that were; none, and nothing deleted, while the slot is not ingested.
        """
        with self._database.client.start_session() as session:
            return session.with_transaction(lambda inside: self._forget(inside, user_id, begins_ms, slot))

    def _forget(self, session: ClientSession, user_id: str, begins_ms: int, slot: str) -> int:
        query = {"received_ms": {"$gte": begins_ms, "$lt": begins_ms + MINUTE_MS}, "user_id": user_id}
        events = self._database[collection_name(begins_ms)]
        runs, done = self._database["job_runs"], {"_id": run_id(INGEST, slot), "state": "done"}
        found = events.count_documents({**query, "type": {"$ne": KEPT}}, session=session)
        less = {"outcome.events": -found, "outcome.erased": -found}
        if not found or not runs.update_one(done, {"$inc": less}, session=session).matched_count:
            return 0
        return events.delete_many({**query, "type": {"$ne": KEPT}}, session=session).deleted_count
