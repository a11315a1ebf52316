"""The collection `notification_preferences`: what people chose about their notifications, one document a person."""

from store.collection import Collection
from store.documents import NotificationPreferences as Chosen
from store.encoding import from_document, to_document


class NotificationPreferences:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def of(self, user_id: str) -> Chosen | None:
        """Find what somebody chose; None where they never did."""
        row = await self._collection.find_one({"_id": user_id})
        return None if row is None else from_document(row, Chosen)

    async def put(self, chosen: Chosen) -> None:
        await self._collection.put(to_document(chosen))
