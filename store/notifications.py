"""The collection `notifications`: what people were told, each thing once."""

from store.collection import Collection
from store.documents import Notification
from store.encoding import from_document, to_document


class Notifications:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, notification: Notification) -> None:
        """Insert a new one. Raises `AlreadyExists` where its person was told the thing of this key before."""
        await self._collection.insert(to_document(notification))

    async def by_key(self, user_id: str, key: str) -> Notification | None:
        row = await self._collection.find_one({"user_id": user_id, "key": key})
        return None if row is None else from_document(row, Notification)
