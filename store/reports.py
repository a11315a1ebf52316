"""The collection `reports`: what people report, from its filing to its end. One open report a person and thing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from store.collection import Collection, Row
from store.documents import Report
from store.encoding import from_document, to_document
from store.pages import NEWEST_FIRST, OLDEST_FIRST, Page, page

Queue = Literal["open", "assigned", "closed"]
UNDER_WAY = ("open", "assigned", "resolving")
CLAIM = timedelta(seconds=60)
"""How long one member of staff may take to carry a measure out, before another may try."""


class Reports:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, report: Report) -> None:
        """File a report. Raises `AlreadyExists` where the same person has an open one about the same thing."""
        await self._collection.insert(to_document(report))

    async def by_id(self, report_id: str) -> Report | None:
        return _report(await self._collection.find_one({"_id": report_id}))

    async def of_reporter(self, reporter_id: str, *, limit: int, cursor: str | None) -> Page[Report]:
        """List a person's own reports, the newest first. Raises `BadCursor`."""
        query = {"reporter_id": reporter_id}
        return await page(self._collection, Report, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def queue(
        self, which: Queue, *, assigned_to: str | None = None, limit: int, cursor: str | None
    ) -> Page[Report]:
        """List reports, the oldest first; those that are closed, the newest first. Raises `BadCursor`."""
        states = {"open": ["open"], "assigned": ["assigned", "resolving"], "closed": ["resolved", "dismissed"]}[which]
        query: Row = {"state": {"$in": states}}
        if assigned_to is not None:
            query["assigned_to"] = assigned_to
        order = NEWEST_FIRST if which == "closed" else OLDEST_FIRST
        return await page(self._collection, Report, query, order=order, limit=limit, cursor=cursor)

    async def about(self, user_id: str, *, limit: int) -> list[Report]:
        """List the newest reports about what a person made or is."""
        rows = await self._collection.find({"about_user_id": user_id}, sort=[("_id", -1)], limit=limit)
        return [from_document(row, Report) for row in rows]

    async def count_under_way(self) -> int:
        return await self._collection.count({"state": {"$in": list(UNDER_WAY)}})

    async def assign(self, report_id: str, user_id: str | None) -> Report | None:
        """Give an open report to somebody, or (None) back to the queue; None where it is closed or being resolved."""
        changes = {"assigned_to": user_id, "state": "assigned" if user_id else "open"}
        return _report(
            await self._collection.change({"_id": report_id, "state": {"$in": ["open", "assigned"]}}, {"$set": changes})
        )

    async def claim(self, report_id: str, claim: str, now: datetime) -> Report | None:
        """Take a report in order to close it. Of simultaneous callers one gets it; a claim that was left runs out."""
        free: list[Row] = [
            {"state": {"$in": ["open", "assigned"]}},
            {"state": "resolving", "claimed_until": {"$lte": now}},
            {"state": "resolving", "claim": claim},  # our own, whose answer was lost with the connection
        ]
        changes = {"state": "resolving", "claim": claim, "claimed_until": now + CLAIM}
        return _report(await self._collection.change({"_id": report_id, "$or": free}, {"$set": changes}))

    async def close(self, report_id: str, claim: str, changes: Mapping[str, Any]) -> Report | None:
        """Close a claimed report with `state`, `measure` and the rest; None where the claim has run out."""
        closed = {**changes, "claim": None, "claimed_until": None, "open_key": None}
        query = {"_id": report_id, "state": "resolving", "claim": claim}
        return _report(await self._collection.change(query, {"$set": closed}))

    async def give_back(self, report: Report, claim: str) -> bool:
        """Let go of a claimed report whose measure could not be carried out."""
        state = "assigned" if report.assigned_to else "open"
        changes = {"state": state, "claim": None, "claimed_until": None}
        return await self._collection.update(
            {"_id": report.id, "state": "resolving", "claim": claim}, {"$set": changes}
        )

    async def forget(self, user_id: str) -> int:
        """Take somebody out of all reports, as who filed them and as who they are about; return how many there were.

        What a report says of its thing stays with the staff only as long as it is under way.
        """
        filed = await self._collection.update_all(
            {"reporter_id": user_id}, {"$set": {"reporter_id": "", "text": "", "open_key": None}}
        )
        closed: Row = {"about_user_id": user_id, "state": {"$in": ["resolved", "dismissed"]}}
        await self._collection.update_all(closed, {"$set": {"evidence": {}}})
        about = await self._collection.update_all({"about_user_id": user_id}, {"$set": {"about_user_id": None}})
        return filed + about


def _report(row: Row | None) -> Report | None:
    return None if row is None else from_document(row, Report)
