"""The collection `relations`: who follows and who blocks whom."""

from collections.abc import Sequence
from datetime import datetime

from store.collection import Collection, Row
from store.documents import Relation
from store.documents.relations import RelationKind
from store.encoding import from_document, to_document
from store.errors import AlreadyExists
from store.pages import Order, Page, page

LATEST_FIRST = Order("created_at", -1)


class Relations:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, kind: RelationKind, from_id: str, to_id: str, now: datetime) -> bool:
        """Make a relation; False where it is there already. Of simultaneous callers one is told True."""
        relation = Relation(id=_id(kind, from_id, to_id), kind=kind, from_id=from_id, to_id=to_id, created_at=now)
        try:
            await self._collection.insert(to_document(relation))
        except AlreadyExists:
            return False
        return True

    async def remove(self, kind: RelationKind, from_id: str, to_id: str) -> bool:
        return await self._collection.delete({"_id": _id(kind, from_id, to_id)})

    async def exists(self, kind: RelationKind, from_id: str, to_id: str) -> bool:
        found = await self._collection.find_one({"_id": _id(kind, from_id, to_id)}, fields=["_id"])
        return found is not None

    async def between(self, one_id: str, other_id: str) -> frozenset[tuple[RelationKind, str]]:
        """Name what two people are to each other, as pairs of the kind and who it comes from."""
        pairs = [(one_id, other_id), (other_id, one_id)]
        ids = [_id(kind, from_id, to_id) for kind in ("follow", "block") for from_id, to_id in pairs]
        rows = await self._collection.find({"_id": {"$in": ids}})
        return frozenset((row["kind"], row["from_id"]) for row in rows)

    async def blocked_between(self, user_id: str) -> frozenset[str]:
        """List those whom `user_id` blocks and those who block `user_id`."""
        return await self.blocked_by(user_id) | await self.blockers_of(user_id)

    async def blocked_by(self, user_id: str) -> frozenset[str]:
        rows = await self._collection.find({"from_id": user_id, "kind": "block"}, fields=["to_id"])
        return frozenset(row["to_id"] for row in rows)

    async def blockers_of(self, user_id: str) -> frozenset[str]:
        rows = await self._collection.find({"to_id": user_id, "kind": "block"}, fields=["from_id"])
        return frozenset(row["from_id"] for row in rows)

    async def blocks_among(self, user_ids: Sequence[str]) -> list[Relation]:
        """List the blocks that these people hold against anybody."""
        rows = await self._collection.find({"from_id": {"$in": list(user_ids)}, "kind": "block"})
        return [from_document(row, Relation) for row in rows]

    async def from_(self, kind: RelationKind, from_id: str, *, limit: int, cursor: str | None) -> Page[Relation]:
        """List whom somebody follows or blocks, the latest first. Raises `BadCursor`."""
        query = {"from_id": from_id, "kind": kind}
        return await page(self._collection, Relation, query, order=LATEST_FIRST, limit=limit, cursor=cursor)

    async def to(self, kind: RelationKind, to_id: str, *, limit: int, cursor: str | None) -> Page[Relation]:
        """List who follows or blocks somebody, the latest first. Raises `BadCursor`."""
        query = {"to_id": to_id, "kind": kind}
        return await page(self._collection, Relation, query, order=LATEST_FIRST, limit=limit, cursor=cursor)

    async def followed_before(self, from_id: str, at: datetime, below_id: str, limit: int) -> list[Relation]:
        """List whom somebody followed before `at`, or then and with an id below `below_id`, the latest first."""
        ties: Row = {"created_at": at, "_id": {"$lt": below_id}}
        query: Row = {"from_id": from_id, "kind": "follow", "$or": [{"created_at": {"$lt": at}}, ties]}
        rows = await self._collection.find(query, sort=LATEST_FIRST.sort, limit=limit)
        return [from_document(row, Relation) for row in rows]

    async def count_from(self, kind: RelationKind, from_id: str) -> int:
        return await self._collection.count({"from_id": from_id, "kind": kind})

    async def count_to(self, kind: RelationKind, to_id: str) -> int:
        return await self._collection.count({"to_id": to_id, "kind": kind})


def _id(kind: RelationKind, from_id: str, to_id: str) -> str:
    return f"{kind}:{from_id}:{to_id}"
