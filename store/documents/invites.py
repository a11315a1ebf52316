"""Invites to parties."""

from datetime import datetime

from store.documents.base import Document


class Invite(Document, kw_only=True):
    """Opens one party to whoever holds one of its tokens, as often as it says."""

    party_id: str
    by_id: str
    """User who made it."""
    token_hashes: list[str]
    """SHA-256 of each token: the one that its maker was shown, and one for each try of a mail."""
    for_user_id: str | None = None
    """Only this user may use it."""
    email: str | None = None
    email_key: str | None = None
    """Only the account with this confirmed address may use it."""
    max_uses: int
    left: int
    used_by: list[str] = []
    """Members whom it let in: each of them used it once."""
    created_at: datetime
    expires_at: datetime
