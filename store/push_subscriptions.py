"""The collection `push_subscriptions`: browsers that want to be told while no page of ours is open."""

from store.collection import Collection
from store.documents import PushSubscription
from store.encoding import from_document, to_document


class PushSubscriptions:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def put(self, subscription: PushSubscription) -> None:
        """Store a subscription; the same browser's is replaced, also where somebody else was signed in there before."""
        await self._collection.put(to_document(subscription))

    async def of(self, user_id: str) -> list[PushSubscription]:
        """List somebody's, the oldest first."""
        rows = await self._collection.find({"user_id": user_id}, sort=[("created_at", 1), ("_id", 1)])
        return [from_document(row, PushSubscription) for row in rows]

    async def remove(self, user_id: str, subscription_id: str) -> bool:
        """Remove one of somebody's; False where it is not theirs."""
        return await self._collection.delete({"_id": subscription_id, "user_id": user_id})
