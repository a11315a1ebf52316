"""The collection `audit_log`: every action of staff, who, what, when and from where. Nothing is ever taken out."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import msgspec

from conf.clock import to_ms
from store.collection import Collection, Row
from store.documents import AuditEntry
from store.encoding import from_document, to_document
from store.ids import first_id
from store.pages import NEWEST_FIRST, Page, each, page


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries; what is None does not matter."""

    by: str | None = None
    action: str | None = None
    about_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""


class AuditLog:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, entry: AuditEntry) -> None:
        await self._collection.insert(to_document(entry))

    async def end(self, entry_id: str, outcome: str, details: Mapping[str, str]) -> bool:
        """Note what came of an action."""
        changes = {"outcome": outcome, **{f"details.{name}": value for name, value in details.items()}}
        return await self._collection.update({"_id": entry_id}, {"$set": changes})

    async def page(self, which: AuditFilter, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """List entries, the newest first. Raises `BadCursor`."""
        return await page(self._collection, AuditEntry, _query(which), order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def each(self, which: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Read all entries, the oldest first, in bounded memory."""
        async for row in each(self._collection, _query(which)):
            yield from_document(row, AuditEntry)


def _query(which: AuditFilter) -> Row:
    query: Row = {
        name: value
        for name, value in (("by", which.by), ("action", which.action), ("about_id", which.about_id))
        if value is not None
    }
    bounds: Row = {}
    if which.since is not None:
        bounds["$gte"] = first_id(to_ms(which.since))
    if which.until is not None:
        bounds["$lt"] = first_id(to_ms(which.until))
    return {**query, "_id": bounds} if bounds else query
