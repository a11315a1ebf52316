from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from api.schemas.fields import Body, Description, Id, PageQuery, Title, Url, View

Visibility = Literal["public", "unlisted", "private"]


class NewVideo(Body, kw_only=True, frozen=True):
    title: Title
    description: Description = ""
    source: Literal["upload", "url"]
    url: Url | None = None
    """Where the browser fetches a video of source `url`; the server never does."""
    visibility: Visibility = "unlisted"


class VideoChanges(Body, kw_only=True, frozen=True):
    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET


class VideoListQuery(PageQuery, kw_only=True, frozen=True):
    uploader_id: Id | None = None
    """`me` is the caller."""


class VideoQuery(Body, kw_only=True, frozen=True):
    party_id: Id | None = None
    """Whoever has entered this party may see the video that it shows, be it private."""


class StreamQuery(Body, kw_only=True, frozen=True):
    expires: str | None = None
    signature: str | None = None


class VideoView(View, kw_only=True, frozen=True):
    id: str
    title: str
    description: str
    uploader_id: str
    source: Literal["upload", "url", "youtube", "google_drive"]
    status: Literal["uploading", "processing", "ready", "failed"]
    visibility: Visibility
    duration_ms: int | None
    width: int | None
    height: int | None
    size_bytes: int | None
    received_bytes: int
    """How much of an upload has arrived."""
    failure: str | None = None
    """Why the probe refused the file."""
    stream_url: str | None
    """Null until there is something to play."""
    thumbnail_url: str | None = None
    subtitles: list[str]
    created_at: datetime


class VideoList(View, kw_only=True, frozen=True):
    items: list[VideoView]
    next: str | None
