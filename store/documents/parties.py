"""Parties and the commits of their logs."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from store.documents.base import Document


class Party(Document, kw_only=True):
    """A party as lists show it: a projection of its log up to `seq`, and what no log may hold (password hash)."""

    code: str
    """8 characters, unique, for people to type."""
    title: str
    description: str = ""
    host_id: str
    """User id of the present host."""
    creator_id: str
    video_id: str | None = None
    status: Literal["scheduled", "lobby", "live", "ended"] = "lobby"
    visibility: Literal["public", "unlisted", "private"] = "unlisted"
    password_hash: str | None = None
    scheduled_for: datetime | None = None
    settings: dict[str, Any] = {}
    member_user_ids: list[str] = []
    """Users who have entered; gives `filter=mine` and `past`."""
    members_count: int = 0
    """People who have entered, guests too, and have not left."""
    seq: int = 0
    revision: int = 1
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    archived_at: datetime | None = None
    """When its log was moved to the archive."""


class PartyEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One numbered event of a party's log. The store does not look into `body`."""

    event_id: str
    seq: int
    type: str
    v: int = 1
    at_ms: int
    by: str | None = None
    """Member who caused it; None is the system."""
    user_id: str | None = None
    guest_id: str | None = None
    session_id: str | None = None
    video_id: str | None = None
    command_id: str | None = None
    """`<session>:<id>` of the client's command, by which a retry is known."""
    body: dict[str, Any] = {}


class ReactedMinute(Document, kw_only=True):
    """Reactions to a party's film in one minute, as one node counted them. It names nobody."""

    party_id: str
    minute_ms: int
    """When it began."""
    counts: list[tuple[int, str, int]]
    """Second of the minute, emoji, how often."""


class PartySnapshot(Document, kw_only=True):
    """A party at one seq. The store does not look into `content`."""

    party_id: str
    seq: int
    epoch: str
    """Of the log that it is a fold of; one of another incarnation is of no use."""
    event_id: str = ""
    """The event at `seq`; where the log has another one there, this is no fold of it."""
    version: int
    """Shape and meaning of `content`."""
    content: bytes
