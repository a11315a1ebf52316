from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, View
from api.schemas.parties import Seq

Act = Literal["kicked", "banned", "muted", "unmuted", "message_deleted"]


class ModerationQuery(Body, kw_only=True, frozen=True):
    after: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ModerationEntry(View, kw_only=True, frozen=True):
    seq: int
    at: datetime
    act: Act
    by: str | None
    """Member who did it; null is the staff of this server."""
    by_name: str | None = None
    member_id: str | None
    """To whom; null for the author of a message that was too far back."""
    name: str | None = None
    message_id: str | None = None
    until: datetime | None = None
    reason: str | None = None


class ModerationLog(View, kw_only=True, frozen=True):
    items: list[ModerationEntry]
    """In order of their seq."""
    next: str | None
    """`after` of the page that follows; null at the end."""
