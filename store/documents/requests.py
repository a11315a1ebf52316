"""What is remembered about requests: how many somebody made of late, and what became of those with a key."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class RateBucket(Document, kw_only=True):
    """A token bucket; `id` names the class of routes and who spends."""

    tokens: float
    allowed: bool
    """Whether the last one who asked got a token."""
    at: datetime
    expires_at: datetime


class KeyedRequest(Document, kw_only=True):
    """A request with an Idempotency-Key; `id` is the SHA-256 of user, route and key."""

    user_id: str
    fingerprint: str
    """SHA-256 of path, query and body: the same key with another one is a mistake of the client."""
    attempt: str
    """Names the one try that works on it."""
    state: Literal["running", "done"] = "running"
    lease_until: datetime
    """When another try may take over from one that was never heard of again."""
    status: int = 0
    lines: dict[str, str] = {}
    body: bytes | None = None
    expires_at: datetime
