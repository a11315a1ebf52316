"""What people are told of."""

from datetime import datetime
from typing import Literal

import msgspec

from store.documents.base import Document

Kind = Literal[
    "invited",
    "party_starting",
    "party_started",
    "mentioned",
    "replied",
    "followed",
    "report_resolved",
    "security",
]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The thing that a notification leads to."""

    kind: Literal["user", "party", "video", "message", "report"]
    id: str


class Notification(Document, kw_only=True):
    """One thing that one person is told. It stays when it is deleted, hidden and empty, so that it is not told again."""

    user_id: str
    key: str
    """What makes it once-only: unique with `user_id`."""
    kind: Kind
    by: str | None = None
    """User who caused it."""
    about: About | None = None
    fields: dict[str, str] = {}
    created_at: datetime
    read_at: datetime | None = None
    deleted: bool = False
    expires_at: datetime
    """When MongoDB removes it."""
