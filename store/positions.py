"""The collection `positions`: how far each follower of a growing collection has come, one document a follower."""

from contextlib import suppress
from datetime import datetime, timedelta

from store.collection import Collection
from store.errors import AlreadyExists


class Positions:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def claim(self, name: str, start_ms: int, now: datetime, lease: timedelta) -> int | None:
        """Take a follower's turn; return where it stands, None while another node has the turn.

        A follower that was never there begins at `start_ms`.
        """
        if await self._collection.find_one({"_id": name}, fields=["_id"]) is None:
            with suppress(AlreadyExists):
                await self._collection.insert({"_id": name, "at_ms": start_ms, "until": now})
        row = await self._collection.change({"_id": name, "until": {"$lte": now}}, {"$set": {"until": now + lease}})
        return None if row is None else int(row["at_ms"])

    async def advance(self, name: str, at_ms: int, now: datetime) -> None:
        """Note how far a follower has come, never back, and let the turn go."""
        await self._collection.update({"_id": name}, {"$max": {"at_ms": at_ms}, "$set": {"until": now}})
