"""Mails to be sent, and the tokens of their links."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class Mail(Document, kw_only=True):
    """A mail to be sent, as a row of facts: its words and its token are made when it goes out."""

    kind: str
    to: str
    fields: dict[str, str] = {}
    state: Literal["pending", "sent", "dropped", "failed"] = "pending"
    attempts: int = 0
    """Claims so far; the number of a claim is what its holder ends it with."""
    next_at: datetime
    """When it may be tried next; while it is being sent, when the claim runs out."""
    error: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    """When MongoDB removes it; set once it is over."""


class MailToken(Document, kw_only=True):
    """What a link in a mail carries; `id` is the SHA-256 of it, so that the database holds no credential."""

    purpose: str
    user_id: str
    email_key: str
    """The address that it was sent to: for another one it is void."""
    redemption: str | None = None
    """Names the one redemption that used it up."""
    created_at: datetime
    expires_at: datetime
