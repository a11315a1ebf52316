"""The collection `idempotency`: what became of requests with an Idempotency-Key; TTL removes them after a day."""

from collections.abc import Mapping
from datetime import datetime

from store.collection import Collection, Row
from store.documents import KeyedRequest
from store.encoding import check, from_document


class Idempotency:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def claim(self, wanted: KeyedRequest, now: datetime) -> KeyedRequest:
        """Put `wanted` there where nothing is; return what is there now.

        It is ours where `attempt` is. A try whose lease ran out is taken over by the same request only, and what is
        over by any. Of simultaneous callers exactly one gets it; asked again after a lost reply, it is still theirs.
        """
        over = {"$lte": [{"$ifNull": ["$expires_at", now]}, now]}
        abandoned = {
            "$and": [
                {"$eq": ["$state", "running"]},
                {"$lte": ["$lease_until", now]},
                {"$eq": ["$fingerprint", wanted.fingerprint]},
            ]
        }
        fresh: Row = {
            "_id": wanted.id,
            "user_id": wanted.user_id,
            "fingerprint": wanted.fingerprint,
            "attempt": wanted.attempt,
            "state": "running",
            "lease_until": wanted.lease_until,
            "expires_at": wanted.expires_at,
        }
        row = await self._collection.change(
            {"_id": wanted.id},
            [{"$replaceWith": {"$cond": [{"$or": [over, abandoned]}, {"$literal": fresh}, "$$ROOT"]}}],
            upsert=True,
        )
        assert row is not None  # an upsert always finds one
        return from_document(row, KeyedRequest)

    async def finish(
        self, id_hash: str, attempt: str, *, status: int, lines: Mapping[str, str], body: bytes | None
    ) -> bool:
        """Keep the reply; False where another try has taken over meanwhile."""
        kept: Row = {"state": "done", "status": status, "lines": dict(lines), "body": body}
        check(kept["lines"])
        return await self._collection.update({"_id": id_hash, "attempt": attempt}, {"$set": kept})

    async def release(self, id_hash: str, attempt: str) -> bool:
        """Forget a try that changed nothing, so that the key may be used again."""
        return await self._collection.delete({"_id": id_hash, "attempt": attempt, "state": "running"})
