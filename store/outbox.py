"""The collection `outbox`: mails that are to be sent. Any node may send one; a claim with a lease says which node does."""

from datetime import datetime, timedelta

from store.collection import Collection, Row
from store.documents import Mail
from store.encoding import from_document, to_document

KEPT = timedelta(days=7)
"""How long a mail that is over is kept, so that an operator can see what became of it."""


class Outbox:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, mail: Mail) -> None:
        await self._collection.insert(to_document(mail))

    async def claim(self, now: datetime, lease: timedelta) -> Mail | None:
        """Take the mail that is due for the longest; nobody else gets it before the lease is over.

        Of simultaneous callers each gets another one. `attempts` in the answer is what the claim is ended with.
        """
        row = await self._collection.change(
            {"state": "pending", "next_at": {"$lte": now}},
            {"$set": {"next_at": now + lease}, "$inc": {"attempts": 1}},
            sort=[("next_at", 1)],
        )
        return None if row is None else from_document(row, Mail)

    async def sent(self, mail: Mail, now: datetime) -> bool:
        """Note that a claimed mail is out; False where the lease ran out and another node has it."""
        return await self._end(mail, {"state": "sent", "error": None, "expires_at": now + KEPT})

    async def drop(self, mail: Mail, now: datetime) -> bool:
        """Note that a claimed mail is not wanted any more, or never was."""
        return await self._end(mail, {"state": "dropped", "expires_at": now + KEPT})

    async def fail(self, mail: Mail, now: datetime, error: str) -> bool:
        """Give a claimed mail up."""
        return await self._end(mail, {"state": "failed", "error": error, "expires_at": now + KEPT})

    async def put_off(self, mail: Mail, until: datetime, error: str) -> bool:
        """Let a claimed mail be tried again from `until` on."""
        return await self._end(mail, {"next_at": until, "error": error})

    async def count(self, state: str) -> int:
        """Count the mails in a state; those that are over are kept for a week."""
        return await self._collection.count({"state": state})

    async def by_id(self, mail_id: str) -> Mail | None:
        row = await self._collection.find_one({"_id": mail_id})
        return None if row is None else from_document(row, Mail)

    async def to(self, address: str) -> list[Mail]:
        """List what is kept of the mails to an address, the oldest first."""
        rows = await self._collection.find({"to": address}, sort=[("_id", 1)])
        return [from_document(row, Mail) for row in rows]

    async def _end(self, mail: Mail, changes: Row) -> bool:
        return await self._collection.update(
            {"_id": mail.id, "state": "pending", "attempts": mail.attempts}, {"$set": changes}
        )
