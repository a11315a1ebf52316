"""The collection `party_snapshots`: parties as they were at some seqs, so that a long log need not be folded from its start.

A snapshot is never the truth: it can be taken away at any time, and whoever finds none reads the log. The store does not
look into its content.
"""

from store.collection import Collection
from store.documents import PartySnapshot
from store.encoding import from_document, to_document
from store.errors import AlreadyExists

KEPT = 2
"""The newest, and the one before it for a reader who has just found that."""


class PartySnapshots:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def newest(self, party_id: str, epoch: str, version: int) -> PartySnapshot | None:
        """Find the newest snapshot of one incarnation of the log, in one version."""
        query = {"party_id": party_id, "epoch": epoch, "version": version}
        row = await self._collection.find_one(query, sort=[("seq", -1)])
        return None if row is None else from_document(row, PartySnapshot)

    async def keep(self, snapshot: PartySnapshot) -> None:
        """Store a snapshot where nobody has, and let go those that nobody needs any more."""
        try:
            await self._collection.insert(to_document(snapshot))
        except AlreadyExists:
            return  # another node that passed the same seq
        alike = {"party_id": snapshot.party_id, "epoch": snapshot.epoch, "version": snapshot.version}
        newest = await self._collection.find(alike, sort=[("seq", -1)], limit=KEPT, fields=["seq"])
        await self._collection.delete_all({"party_id": snapshot.party_id, "seq": {"$lt": newest[-1]["seq"]}})

    async def drop(self, snapshot_id: str) -> None:
        """Let one snapshot go."""
        await self._collection.delete({"_id": snapshot_id})

    async def forget(self, party_id: str) -> int:
        """Let all of a party's snapshots go; return how many there were."""
        return await self._collection.delete_all({"party_id": party_id})
