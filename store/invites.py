"""The collection `invites`: what opens a party to those who are asked in; TTL removes those that are over."""

from datetime import datetime
from typing import Literal

from store.collection import Collection
from store.documents import Invite
from store.encoding import from_document, to_document
from store.pages import NEWEST_FIRST, Page, page

Taken = Literal["now", "before"]


class Invites:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, invite: Invite) -> None:
        await self._collection.insert(to_document(invite))

    async def add_token(self, invite_id: str, token_hash: str, now: datetime) -> bool:
        """Let one more token open it; False where it is over or revoked."""
        return await self._collection.update(
            {"_id": invite_id, "expires_at": {"$gt": now}}, {"$addToSet": {"token_hashes": token_hash}}
        )

    async def by_token(self, token_hash: str, now: datetime) -> Invite | None:
        """Find an invite that is not over by one of its tokens, used up or not."""
        row = await self._collection.find_one({"token_hashes": token_hash, "expires_at": {"$gt": now}})
        return None if row is None else from_document(row, Invite)

    async def named(self, invite_id: str, user_id: str, now: datetime) -> Invite | None:
        """Find an invite that is not over and names `user_id`: who is named needs no token."""
        row = await self._collection.find_one({"_id": invite_id, "for_user_id": user_id, "expires_at": {"$gt": now}})
        return None if row is None else from_document(row, Invite)

    async def take(self, invite_id: str, member_id: str, now: datetime) -> Taken | None:
        """Use an invite up once for a member; None where no use is left, or it is over.

        Of simultaneous members as many get it as uses are left. Who has used it before is told so and uses it no more,
        which is also how a call is answered that is made again after its reply was lost.
        """
        good = {"_id": invite_id, "expires_at": {"$gt": now}}
        row = await self._collection.change(
            {**good, "left": {"$gt": 0}, "used_by": {"$ne": member_id}},
            {"$inc": {"left": -1}, "$push": {"used_by": member_id}},
        )
        if row is not None:
            return "now"
        known = await self._collection.find_one({**good, "used_by": member_id}, fields=["_id"])
        return None if known is None else "before"

    async def give_back(self, invite_id: str, member_id: str) -> bool:
        """Make a use good again that let nobody in."""
        return await self._collection.update(
            {"_id": invite_id, "used_by": member_id}, {"$inc": {"left": 1}, "$pull": {"used_by": member_id}}
        )

    async def page(self, party_id: str, now: datetime, *, limit: int, cursor: str | None) -> Page[Invite]:
        """List a party's invites that are not over, the newest first. Raises `BadCursor`."""
        query = {"party_id": party_id, "expires_at": {"$gt": now}}
        return await page(self._collection, Invite, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def count(self, party_id: str, now: datetime) -> int:
        return await self._collection.count({"party_id": party_id, "expires_at": {"$gt": now}})

    async def revoke(self, party_id: str, invite_id: str) -> bool:
        """Remove an invite of this party: from now on its tokens open nothing."""
        return await self._collection.delete({"_id": invite_id, "party_id": party_id})

    async def named_for(self, party_id: str, now: datetime) -> list[str]:
        """List the users whom a party's invites name, of those that are not over."""
        query = {"party_id": party_id, "for_user_id": {"$ne": None}, "expires_at": {"$gt": now}}
        rows = await self._collection.find(query, fields=["for_user_id"])
        return [row["for_user_id"] for row in rows]
