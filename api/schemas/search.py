from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, PageQuery, View

Question = Annotated[str, Meta(min_length=1, max_length=200)]
Kinds = Annotated[str, Meta(pattern=r"^(?:videos|parties|users)(?:,(?:videos|parties|users)){0,2}$(?!\n)")]


class SearchQuery(PageQuery, kw_only=True, frozen=True):
    q: Question
    kind: Kinds = "videos,parties,users"
    """Which to look for, with commas between."""


class SuggestQuery(Body, kw_only=True, frozen=True):
    q: Question
    kind: Kinds = "videos,parties,users"


class FoundVideo(View, kw_only=True, frozen=True, tag_field="kind", tag="video"):
    id: str
    title: str
    uploader_id: str
    status: Literal["uploading", "processing", "ready", "failed"]
    visibility: Literal["public", "unlisted", "private"]
    duration_ms: int | None = None
    created_at: datetime


class FoundParty(View, kw_only=True, frozen=True, tag_field="kind", tag="party"):
    id: str
    code: str
    title: str
    host_id: str
    status: Literal["scheduled", "lobby", "live", "ended"]
    visibility: Literal["public", "unlisted", "private"]
    members_count: int
    scheduled_for: datetime | None = None
    created_at: datetime


class FoundUser(View, kw_only=True, frozen=True, tag_field="kind", tag="user"):
    id: str
    username: str
    display_name: str


class SearchPage(View, kw_only=True, frozen=True):
    items: list[FoundVideo | FoundParty | FoundUser]
    """The best first, whatever their kind."""
    next: str | None


class Suggestion(View, kw_only=True, frozen=True):
    kind: Literal["video", "party", "user"]
    id: str
    text: str
    """A title, or the name that a person shows."""
    username: str | None = None
    code: str | None = None
    """Of a party, where its door is."""


class Suggestions(View, kw_only=True, frozen=True):
    items: list[Suggestion]
    next: None = None
