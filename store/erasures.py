"""The collection `erasures`: one row for each account that was erased, which says what became of it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from store.collection import Collection, Row
from store.documents import Erasure
from store.encoding import from_document, to_document
from store.errors import AlreadyExists


class Erasures:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def begin(self, erasure: Erasure) -> Erasure:
        """Write down that an account is to be erased, or return what was written down about it before."""
        try:
            await self._collection.insert(to_document(erasure))
        except AlreadyExists:
            found = await self.by_id(erasure.id)
            assert found is not None  # nothing takes a row out
            return found
        return erasure

    async def by_id(self, erasure_id: str) -> Erasure | None:
        row = await self._collection.find_one({"_id": erasure_id})
        return None if row is None else from_document(row, Erasure)

    async def pseudonyms(self, user_ids: Sequence[str]) -> dict[str, str]:
        """Find those of `user_ids` whose accounts were erased, or are being, each with what stands for it."""
        proofs = {proof(user_id): user_id for user_id in user_ids}
        rows = await self._collection.find({"_id": {"$in": list(proofs)}}, fields=["pseudonym"])
        return {proofs[row["_id"]]: row["pseudonym"] for row in rows}

    async def claim(self, now: datetime, lease: timedelta) -> Erasure | None:
        """Take one that is to be gone on with; nobody else gets it before the lease is over."""
        query: Row = {"done_at": None, "due_at": {"$lte": now}}
        row = await self._collection.change(query, {"$set": {"due_at": now + lease}}, sort=[("due_at", 1)])
        return None if row is None else from_document(row, Erasure)

    async def count(self, erasure_id: str, counts: Mapping[str, int]) -> None:
        """Add to what was found."""
        added = {f"counts.{name}": number for name, number in counts.items() if number}
        if added:
            await self._collection.update({"_id": erasure_id}, {"$inc": added})

    async def settle(self, erasure_id: str, due_at: datetime) -> None:
        """Note that all of it is gone; at `due_at` it is looked once more."""
        await self._collection.update(
            {"_id": erasure_id, "state": {"$ne": "done"}}, {"$set": {"state": "settling", "due_at": due_at}}
        )

    async def end(self, erasure_id: str, now: datetime) -> None:
        """Close it, and forget whose it was."""
        await self._collection.update({"_id": erasure_id}, {"$set": {"state": "done", "done_at": now, "who": None}})


def proof(user_id: str) -> str:
    """Sum up a user id: who knows the id can see that it was erased, and nobody learns it from here."""
    return hashlib.sha256(user_id.encode()).hexdigest()
