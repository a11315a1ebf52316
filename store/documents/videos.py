"""Videos."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class Video(Document, kw_only=True):
    title: str
    description: str = ""
    uploader_id: str
    source: Literal["upload", "url", "youtube", "google_drive"]
    status: Literal["uploading", "processing", "ready", "failed"]
    failure: str | None = None
    """Why the probe refused it, in words for the uploader."""
    visibility: Literal["public", "unlisted", "private"] = "private"
    url: str | None = None
    file_name: str | None = None
    """Of an upload: its random name under `<data>/videos`."""
    content_type: str | None = None
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    received_bytes: int = 0
    revision: int = 1
    created_at: datetime
