"""Collections whose documents say when they changed, and whose deletions leave a trace: what incremental sync reads.

The moment is a BSON timestamp that mongod itself writes with the change (`$currentDate`): the cluster's logical clock,
which no clock of a node can put out of order, and which does not run backwards when another member becomes primary. It is
written by the very update that it dates, so that no crash can part them.

Its order is that in which the changes become visible, but for one thing: a write takes its moment shortly before its
place in the oplog. A majority sees the oplog from the front, however slowly it follows; so whoever has seen a change
has seen all of older moments, except those that were under way with it. Readers begin a little earlier for these.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bson.timestamp import Timestamp

from conf.clock import utc
from store.collection import Calls, Collection, Row, Sort

CHANGED = "changed"
KEPT = timedelta(days=30)
"""How long it is known that something was deleted."""
BY_MONGOD = Timestamp(0, 0)
"""In a new document mongod writes its own in the place of this."""


class Tracked(Collection):
    """Does what every collection does; `people` are the fields that name whose things its documents are."""

    def __init__(self, raw: Any, calls: Calls, *, traces: Collection, people: Sequence[str]) -> None:
        super().__init__(raw, calls)
        self._traces = traces
        self._people = people

    async def insert(self, document: Row) -> None:
        await super().insert({**document, CHANGED: BY_MONGOD})

    async def put(self, document: Row) -> None:
        await super().put({**document, CHANGED: BY_MONGOD})

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
        return await super().change(
            query, _dated(update), sort=sort, upsert=upsert, before=before, retry_seconds=retry_seconds
        )

    async def update(self, query: Row, update: Row) -> bool:
        return await super().update(query, _stamped(update))

    async def update_all(
        self, query: Row, update: Row | Sequence[Row], array_filters: Sequence[Row] | None = None
    ) -> int:
        return await super().update_all(query, _dated(update), array_filters)

    async def delete(self, query: Row) -> bool:
        row = await self.find_one(query, fields=["_id", *self._people])
        if row is None:
            return False
        # Before, so that a crash in between forgets no deletion (readers ask whether the thing is still there), and
        # after, so that its moment is not older than what a reader saw while the document stood.
        await self._trace(row)
        deleted = await super().delete({**query, "_id": row["_id"]})
        await self._trace(row)
        return deleted

    async def delete_all(self, query: Row) -> int:
        rows = await self.find(query, fields=["_id", *self._people])
        return sum([await self.delete({**query, "_id": row["_id"]}) for row in rows])

    async def _trace(self, row: Row) -> None:
        whose = {name for field in self._people for name in _names(row.get(field))}
        facts = {
            "kind": self.name,
            "thing_id": row["_id"],
            "user_ids": sorted(whose),
            "expires_at": utc(self._calls.clock.now_ms()) + KEPT,
        }
        await self._traces.change({"_id": f"{self.name}:{row['_id']}"}, _stamped({"$set": facts}), upsert=True)


def _dated(update: Row | Sequence[Row]) -> Row | list[Row]:
    return _stamped(update) if isinstance(update, dict) else [*update, {"$set": {CHANGED: "$$CLUSTER_TIME"}}]


def _stamped(update: Row) -> Row:
    return {**update, "$currentDate": {**update.get("$currentDate", {}), CHANGED: {"$type": "timestamp"}}}


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
