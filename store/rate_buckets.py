"""The collection `rate_buckets`: token buckets shared by all nodes; TTL removes those that are full again."""

from datetime import datetime, timedelta

from store.collection import Collection, Row
from store.documents import RateBucket
from store.encoding import from_document

PATIENCE_SECONDS = 1.0
"""How long a limit may be waited for: its turn among other calls, or a primary that changes."""


class RateBuckets:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def take(self, key: str, *, requests: int, seconds: float, now: datetime) -> RateBucket:
        """Take a token of a bucket that holds `requests` and fills in `seconds`, where it has one.

        One command that the server runs as one: of simultaneous takers no two get the same token. Raises
        `Unavailable` where MongoDB does not answer soon.
        """
        row = await self._collection.change(
            {"_id": key}, _spend(requests, seconds, now), upsert=True, retry_seconds=PATIENCE_SECONDS
        )
        assert row is not None  # an upsert always finds one
        return from_document(row, RateBucket)


def _spend(requests: int, seconds: float, now: datetime) -> list[Row]:
    """Fill by the time that went by, then take one; a node whose clock is behind fills nothing and turns nothing back."""
    # A new document is full since now; `$subtract` of two dates is in milliseconds.
    since = {"$max": [0, {"$subtract": [now, {"$ifNull": ["$at", now]}]}]}
    filled = {"$add": [{"$ifNull": ["$tokens", requests]}, {"$multiply": [since, requests / (seconds * 1000)]}]}
    return [
        {"$set": {"tokens": {"$min": [requests, filled]}, "at": {"$max": ["$at", now]}}},
        {"$set": {"allowed": {"$gte": ["$tokens", 1]}}},
        {
            "$set": {
                "tokens": {"$toDouble": {"$cond": ["$allowed", {"$subtract": ["$tokens", 1]}, "$tokens"]}},
                "expires_at": now + timedelta(seconds=seconds),
            }
        },
    ]
