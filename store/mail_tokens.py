"""The collection `mail_tokens`: what links in mails carry; each is used once, and TTL removes those that are over."""

from datetime import datetime

from store.collection import Collection, Row
from store.documents import MailToken
from store.encoding import from_document, to_document


class MailTokens:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, token: MailToken) -> None:
        await self._collection.insert(to_document(token))

    async def take(self, id_hash: str, purpose: str, now: datetime, redemption: str) -> MailToken | None:
        """Use a token up for `purpose`; None where it is unknown, expired, used or for another purpose.

        Of simultaneous callers one gets it. `redemption` names the caller's try: repeated with the same name after a
        reply that was lost, it is answered again.
        """
        row = await self._collection.change(
            {**_good(id_hash, purpose, now), "redemption": {"$in": [None, redemption]}},
            {"$set": {"redemption": redemption}},
        )
        return None if row is None else from_document(row, MailToken)

    async def find(self, id_hash: str, purpose: str, now: datetime) -> MailToken | None:
        """Look at a token that `take` would give, without using it up."""
        row = await self._collection.find_one({**_good(id_hash, purpose, now), "redemption": None})
        return None if row is None else from_document(row, MailToken)

    async def give_back(self, id_hash: str, redemption: str) -> bool:
        """Make a token good again that was taken for something that could not be done."""
        return await self._collection.update({"_id": id_hash, "redemption": redemption}, {"$set": {"redemption": None}})

    async def void(self, user_id: str, purpose: str) -> int:
        """Make all unused tokens of a user for `purpose` useless; return how many there were."""
        return await self._collection.update_all(
            {"user_id": user_id, "purpose": purpose, "redemption": None}, {"$set": {"redemption": "void"}}
        )


def _good(id_hash: str, purpose: str, now: datetime) -> Row:
    return {"_id": id_hash, "purpose": purpose, "expires_at": {"$gt": now}}
