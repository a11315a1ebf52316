"""Token buckets: the port, and the version that lives in this process.

Theory. A bucket holds as many tokens as may be spent at once (`Limit.requests`) and fills evenly, from empty to full
in `Limit.seconds`. A request takes one token; where there is less than one it is refused and takes none, so that who
keeps asking is not kept out longer. A bucket that nobody knows is full.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from conf.clock import utc
from store.database import Store
from store.errors import Unavailable

KNOWN = 100_000
"""Buckets kept, about 25 MB; the one that was used longest ago is let go first."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much: `requests` at once, and as many again in every `seconds`."""

    requests: int
    seconds: float = 60.0

    @property
    def per_ms(self) -> float:
        return self.requests / (self.seconds * 1000)


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a bucket held after it was asked."""

    allowed: bool
    tokens: float

    @property
    def remaining(self) -> int:
        return int(self.tokens)

    def full_in_seconds(self, limit: Limit) -> float:
        return (limit.requests - self.tokens) / limit.per_ms / 1000

    def next_in_seconds(self, limit: Limit) -> float:
        """Say when one more would be allowed."""
        return max(0.0, 1 - self.tokens) / limit.per_ms / 1000


class Buckets(Protocol):
    """Where buckets are. Two keys are two buckets; of simultaneous takers no two get the same token."""

    async def take(self, key: str, limit: Limit, now_ms: float) -> Level:
        """Take one token of the bucket `key`, where there is one."""
        ...


class MemoryBuckets:
    """A restart forgives, and each node counts for itself."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, key: str, limit: Limit, now_ms: float) -> Level:
        tokens, at_ms = self._buckets.get(key, (float(limit.requests), now_ms))
        tokens = min(limit.requests, tokens + max(0.0, now_ms - at_ms) * limit.per_ms)
        allowed = tokens >= 1
        tokens -= allowed
        self._buckets[key] = (tokens, max(at_ms, now_ms))
        self._buckets.move_to_end(key)
        if len(self._buckets) > KNOWN:
            self._buckets.popitem(last=False)
        return Level(allowed=allowed, tokens=tokens)


class StoredBuckets:
    """The same buckets for all nodes, in MongoDB; while it does not answer, each node's own."""

    def __init__(self, *, store: Store, meanwhile: Buckets) -> None:
        self._store = store
        self._meanwhile = meanwhile

    async def take(self, key: str, limit: Limit, now_ms: float) -> Level:
        try:
            found = await self._store.rate_buckets.take(
                key, requests=limit.requests, seconds=limit.seconds, now=utc(now_ms)
            )
        except Unavailable:
            return await self._meanwhile.take(key, limit, now_ms)
        return Level(allowed=found.allowed, tokens=found.tokens)
