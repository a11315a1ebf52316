"""The collection `rsvps`: who means to come to which party."""

from store.collection import Collection
from store.documents import Rsvp
from store.encoding import to_document
from store.errors import AlreadyExists


class Rsvps:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, rsvp: Rsvp) -> bool:
        """Note that somebody means to come; False where that was noted before."""
        try:
            await self._collection.insert(to_document(rsvp))
        except AlreadyExists:
            return False
        return True

    async def remove(self, party_id: str, user_id: str) -> bool:
        """Take it back; False where nothing was said."""
        return await self._collection.delete({"_id": rsvp_id(party_id, user_id)})

    async def exists(self, party_id: str, user_id: str) -> bool:
        return await self._collection.find_one({"_id": rsvp_id(party_id, user_id)}, fields=["_id"]) is not None

    async def count(self, party_id: str) -> int:
        return await self._collection.count({"party_id": party_id})

    async def user_ids(self, party_id: str) -> list[str]:
        """List who means to come."""
        rows = await self._collection.find({"party_id": party_id}, sort=[("_id", 1)], fields=["user_id"])
        return [row["user_id"] for row in rows]


def rsvp_id(party_id: str, user_id: str) -> str:
    """Name somebody's word about a party: `<party>:<user>`."""
    return f"{party_id}:{user_id}"
