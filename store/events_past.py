"""What is done with the events of all days, for one person: read and made anonymous. Only for export and erasure.

The days have an index by time and none by person, which every event would pay for; six hours are gone through in each
call, from the day on which the account was made.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from conf.clock import utc
from store.collection import Calls, Collection, Row
from store.encoding import CODEC

DAY_MS = 86_400_000
STEP_MS = DAY_MS // 4
PREFIX = "events_"


class EventsPast:
    def __init__(self, database: Any, calls: Calls) -> None:
        self._database = database
        self._calls = calls

    async def of(self, user_id: str, since_ms: float) -> AsyncIterator[Row]:
        """Read the events of somebody, day by day."""
        for name, start_ms in await self._days(since_ms):
            for query in _steps(start_ms, user_id):
                for row in await self._collection(name).find(query, sort=[("received_ms", 1)]):
                    yield row

    async def rename(self, user_id: str, pseudonym: str, since_ms: float) -> int:
        """Put the pseudonym in the place of a user id; return how many events had it."""
        session: Row = {"$replaceAll": {"input": "$session_id", "find": user_id, "replacement": pseudonym}}
        known = {"$eq": [{"$type": "$session_id"}, "string"]}
        change: list[Row] = [
            {"$set": {"user_id": pseudonym, "session_id": {"$cond": [known, session, "$$REMOVE"]}}},
        ]
        found = 0
        for name, start_ms in await self._days(since_ms):
            for query in _steps(start_ms, user_id):
                found += await self._collection(name).update_all(query, change)
        return found

    async def _days(self, since_ms: float) -> list[tuple[str, int]]:
        """Name the days' collections from `since_ms` on, each with its first millisecond."""
        names = await self._calls.run(self._database.list_collection_names)
        first = f"{PREFIX}{utc(since_ms - DAY_MS):%Y%m%d}"
        days = sorted(name for name in names if name.startswith(PREFIX) and name >= first)
        return [(name, _start_ms(name)) for name in days if name.removeprefix(PREFIX).isdecimal()]

    def _collection(self, name: str) -> Collection:
        return Collection(self._database.get_collection(name, codec_options=CODEC), self._calls)


def _start_ms(name: str) -> int:
    return int(datetime.strptime(name.removeprefix(PREFIX), "%Y%m%d").replace(tzinfo=UTC).timestamp() * 1000)


def _steps(start_ms: int, user_id: str) -> list[Row]:
    bounds = range(start_ms, start_ms + DAY_MS, STEP_MS)
    return [{"received_ms": {"$gte": start, "$lt": start + STEP_MS}, "user_id": user_id} for start in bounds]
