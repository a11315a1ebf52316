"""The collection `refresh_tokens`: chains of single-use tokens, one family a session."""

from datetime import datetime

from store.collection import Collection, Row
from store.documents import RefreshToken
from store.encoding import from_document, to_document


class RefreshTokens:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, token: RefreshToken) -> None:
        await self._collection.insert(to_document(token))

    async def take(self, id_hash: str, now: datetime, successor: str) -> RefreshToken | None:
        """Rotate a token: exactly one caller gets it, with `successor` and `rotated_at` set; any other gets None.

        None is also the answer for a token that is unknown, revoked or expired; `by_id` tells which.
        """
        # Our own `successor` counts as not taken: the first answer may have been lost with the connection.
        free: Row = {"$or": [{"successor": None}, {"successor": successor}]}
        row = await self._collection.change(
            {"_id": id_hash, "revoked": False, "expires_at": {"$gt": now}, **free},
            {"$set": {"successor": successor, "rotated_at": now}},
        )
        return None if row is None else from_document(row, RefreshToken)

    async def by_id(self, id_hash: str) -> RefreshToken | None:
        row = await self._collection.find_one({"_id": id_hash})
        return None if row is None else from_document(row, RefreshToken)

    async def revoke_family(self, family: str) -> int:
        """Revoke every token of a session; return how many there are."""
        return await self._collection.update_all({"family": family}, {"$set": {"revoked": True}})

    async def families_of(self, user_id: str) -> list[str]:
        """List the sessions of a user that were not ended, in order of their names.

        A session in the middle of a rotation is one of them, though just then none of its tokens is unused.
        """
        rows = await self._collection.find(
            {"user_id": user_id, "revoked": False}, fields=["family"], sort=[("family", 1)]
        )
        return list(dict.fromkeys(row["family"] for row in rows))

    async def count_active(self, since: datetime) -> int:
        """Count the people who signed in or refreshed their session since a moment."""
        return await self._collection.count_distinct("user_id", {"created_at": {"$gte": since}})

    async def newest_of(self, user_id: str, now: datetime) -> list[RefreshToken]:
        """List the unused token of each open session of a user: the session that was used last comes first."""
        rows = await self._collection.find(
            {"user_id": user_id, "revoked": False, "successor": None, "expires_at": {"$gt": now}},
            sort=[("created_at", -1), ("_id", 1)],
        )
        return [from_document(row, RefreshToken) for row in rows]

    async def devices_of(self, user_id: str, *, but: str) -> set[str]:
        """List what the clients of a user's sessions called themselves, ended ones too, except the one named `but`."""
        rows = await self._collection.find({"user_id": user_id, "family": {"$ne": but}}, fields=["device"])
        return {row["device"] for row in rows}
