"""The collection `deliveries`: each notification once on each way out. A claim with a lease says which node sends it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from store.collection import Collection, Row
from store.documents import Delivery
from store.encoding import from_document, to_document
from store.errors import AlreadyExists

KEPT = timedelta(days=30)
"""How long one that is over is kept, so that an operator can see what became of it."""

Over = Literal["sent", "read", "dropped", "failed"]


class Deliveries:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def plan(self, delivery: Delivery) -> None:
        """Insert a delivery, unless it is there: its id follows from what it delivers."""
        with suppress(AlreadyExists):
            await self._collection.insert(to_document(delivery))

    async def claim(self, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the one that is due for the longest; nobody else gets it before the lease is over.

        Of simultaneous callers each gets another one. `attempts` in the answer is what the claim is ended with.
        """
        row = await self._collection.change(
            {"state": "pending", "next_at": {"$lte": now}},
            {"$set": {"next_at": now + lease}, "$inc": {"attempts": 1}},
            sort=[("next_at", 1)],
        )
        return None if row is None else from_document(row, Delivery)

    async def end(self, delivery: Delivery, state: Over, now: datetime, error: str | None = None) -> bool:
        """Say what became of a claimed one; False where the lease ran out and another node has it."""
        changes = {"state": state, "error": error, "expires_at": now + KEPT}
        return await self._collection.update(_held(delivery), {"$set": changes})

    async def put_off(self, delivery: Delivery, until: datetime, error: str | None = None) -> bool:
        """Let a claimed one be tried again from `until` on."""
        return await self._collection.update(_held(delivery), {"$set": {"next_at": until, "error": error}})

    async def reached(self, delivery: Delivery, subscription_id: str) -> None:
        """Note that a push subscription has it, whoever holds the claim by now."""
        await self._collection.update({"_id": delivery.id}, {"$addToSet": {"reached": subscription_id}})

    async def waiting_for(self, digest: str) -> list[Delivery]:
        """List what a digest is to take along."""
        rows = await self._collection.find({"digest": digest, "state": "pending"}, sort=[("_id", 1)])
        return [from_document(row, Delivery) for row in rows]

    async def end_waiting(self, ids: Sequence[str], state: Over, now: datetime) -> int:
        """Say what became of several that a digest took along, or left behind."""
        changes = {"state": state, "expires_at": now + KEPT}
        return await self._collection.update_all({"_id": {"$in": list(ids)}, "state": "pending"}, {"$set": changes})

    async def move(self, delivery_id: str, digest: str) -> None:
        """Let one that waits go with another digest."""
        await self._collection.update({"_id": delivery_id, "state": "pending"}, {"$set": {"digest": digest}})

    async def by_id(self, delivery_id: str) -> Delivery | None:
        row = await self._collection.find_one({"_id": delivery_id})
        return None if row is None else from_document(row, Delivery)

    async def of_user(self, user_id: str) -> list[Delivery]:
        rows = await self._collection.find({"user_id": user_id}, sort=[("_id", 1)])
        return [from_document(row, Delivery) for row in rows]


def _held(delivery: Delivery) -> Row:
    return {"_id": delivery.id, "state": "pending", "attempts": delivery.attempts}
