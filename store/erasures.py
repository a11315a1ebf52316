"""The collection `erasures`: one row for each account that was erased, which says what became of it."""

import hashlib
from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

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
        query: Row = {"done_at": None, "due_at": {"$lte": now}, "state": {"$ne": "lake"}}
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
            {"_id": erasure_id, "state": {"$nin": ["lake", "done"]}}, {"$set": {"state": "settling", "due_at": due_at}}
        )

    async def end(self, erasure_id: str, now: datetime) -> None:
        """Close it, and forget whose it was."""
        done = {"state": "done", "done_at": now, "who": None, "lake": None}
        await self._collection.update({"_id": erasure_id, "state": {"$ne": "lake"}}, {"$set": done})

    async def hand_on(self, erasure_id: str, now: datetime) -> None:
        """Leave the rest to the pipeline, and forget whose it was, but for what stands for them in the lake."""
        left = {"state": "lake", "due_at": now, "who": None}
        await self._collection.update({"_id": erasure_id, "state": {"$ne": "done"}}, {"$set": left})


class LakeErasures:
    """The pipeline's side of it: of whom the lake has still to be cleaned."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._collection = database["erasures"]

    def due(self, only: Some[str] = ()) -> list[Erasure]:
        """List those that wait for the lake; of `only` also those of whom MongoDB is to be looked through once more."""
        query: Row = {"state": "lake", "lake": {"$ne": None}}
        if only:
            query |= {"_id": {"$in": sorted(only)}, "state": {"$in": ["settling", "lake"]}}
        return [from_document(row, Erasure) for row in self._collection.find(query).sort("_id")]

    def state(self, erasure_id: str) -> str | None:
        row = self._collection.find_one({"_id": erasure_id}, {"state": 1})
        return None if row is None else str(row["state"])

    def count(self, erasure_id: str, counts: Mapping[str, int]) -> None:
        """Add to what was found."""
        added = {f"counts.{name}": number for name, number in counts.items() if number}
        if added:
            self._collection.update_one({"_id": erasure_id}, {"$inc": added})

    def end(self, erasure_id: str, now: datetime) -> bool:
        """Close one that waited for the lake; what stood for the person there is forgotten, too."""
        done = {"state": "done", "done_at": now, "lake": None}
        return self._collection.update_one({"_id": erasure_id, "state": "lake"}, {"$set": done}).matched_count == 1


def proof(user_id: str) -> str:
    """Sum up a user id: who knows the id can see that it was erased, and nobody learns it from here."""
    return hashlib.sha256(user_id.encode()).hexdigest()
