from datetime import datetime
from typing import Annotated

from msgspec import Meta

from api.schemas.fields import Body, Email, Username, View
from api.schemas.parties import PartyView

WEEK_SECONDS = 7 * 86_400


class NewInvite(Body, kw_only=True, frozen=True):
    """For one account, for one e-mail address, or (without either) for whoever has the link."""

    username: Username | None = None
    email: Email | None = None
    max_uses: Annotated[int, Meta(ge=1, le=100)] = 1
    expires_in_s: Annotated[int, Meta(ge=60, le=90 * 86_400)] = WEEK_SECONDS


class InviteView(View, kw_only=True, frozen=True):
    id: str
    party_id: str
    by_id: str
    """Who made it."""
    user_id: str | None = None
    """Whom alone it lets in."""
    username: str | None = None
    """Theirs, in lists."""
    email: str | None = None
    """Whose account alone it lets in, once the address is confirmed."""
    max_uses: int
    uses: int
    url: str | None = None
    """The link, in the answer to its making only: nobody can look it up again."""
    created_at: datetime
    expires_at: datetime


class InviteList(View, kw_only=True, frozen=True):
    items: list[InviteView]
    next: str | None


class Accepted(View, kw_only=True, frozen=True):
    """You are in; `seq` is the party's then."""

    party: PartyView
    seq: int
