"""The collection `tickets`: what opens one websocket; each is used once, and TTL removes those that are over."""

from datetime import datetime

from store.collection import Collection
from store.documents import Ticket
from store.encoding import from_document, to_document


class Tickets:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, ticket: Ticket) -> None:
        await self._collection.insert(to_document(ticket))

    async def take(self, id_hash: str, now: datetime) -> Ticket | None:
        """Use a ticket up; None where it is unknown, expired or used. Of simultaneous callers one gets it."""
        row = await self._collection.change(
            {"_id": id_hash, "used": False, "expires_at": {"$gt": now}}, {"$set": {"used": True}}
        )
        return None if row is None else from_document(row, Ticket)
