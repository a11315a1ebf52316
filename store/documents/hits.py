"""What a search finds, no more of each document than is shown."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class Hit(Document, kw_only=True):
    search_rank: float


class PartyHit(Hit, kw_only=True):
    code: str
    title: str
    host_id: str
    status: Literal["scheduled", "lobby", "live", "ended"]
    visibility: Literal["public", "unlisted", "private"]
    members_count: int = 0
    scheduled_for: datetime | None = None
    created_at: datetime


class VideoHit(Hit, kw_only=True):
    title: str
    uploader_id: str
    status: Literal["uploading", "processing", "ready", "failed"]
    visibility: Literal["public", "unlisted", "private"]
    duration_ms: int | None = None
    created_at: datetime


class UserHit(Hit, kw_only=True):
    username: str
    username_key: str
    display_name: str
    created_at: datetime
