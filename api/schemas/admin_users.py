from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, PageQuery, View
from api.schemas.parties import PartyView
from api.schemas.reports import StaffReportView
from store.documents import User

Reason = Annotated[str, Meta(min_length=1, max_length=500)]
State = Literal["active", "suspended", "banned"]
Role = Literal["user", "staff"]
Search = Annotated[str, Meta(min_length=1, max_length=254)]


class UserSearch(Body, kw_only=True, frozen=True):
    q: Search | None = None
    """Beginning of a username or an e-mail address, in any case."""
    role: Role | None = None
    state: State | None = None


class UserListQuery(PageQuery, kw_only=True, frozen=True):
    q: Search | None = None
    """Beginning of a username or an e-mail address, in any case."""
    role: Role | None = None
    state: State | None = None


class Suspension(Body, kw_only=True, frozen=True):
    reason: Reason
    until: Annotated[datetime, Meta(tz=True)] | None = None
    """When it ends by itself; without it, when staff end it."""


class Banning(Body, kw_only=True, frozen=True):
    reason: Reason


class NewRole(Body, kw_only=True, frozen=True):
    role: Role


class StaffUserView(View, kw_only=True, frozen=True):
    """An account as staff see it."""

    id: str
    username: str
    display_name: str
    email: str
    verified: bool
    role: Role
    state: State
    suspended_until: datetime | None = None
    reason: str | None = None
    """Why it is suspended or banned."""
    created_at: datetime


class StaffUserList(View, kw_only=True, frozen=True):
    items: list[StaffUserView]
    next: str | None


class StaffSessionView(View, kw_only=True, frozen=True):
    id: str
    device: str | None = None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class StaffUserDetail(View, kw_only=True, frozen=True):
    user: StaffUserView
    sessions: list[StaffSessionView]
    """Those that are open, the last used first."""
    parties: list[PartyView]
    """The newest 20 that this user made, hosts or entered."""
    reports: list[StaffReportView]
    """The newest 20 about what this user made or is."""


def staff_view(user: User, now: datetime) -> StaffUserView:
    """Show an account to staff."""
    out = user.shut_out(now)
    state: State = "banned" if out and user.banned else "suspended" if out else "active"
    return StaffUserView(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        verified=user.verified,
        role=user.role,
        state=state,
        suspended_until=user.suspended_until if out else None,
        reason=(user.standing_reason or None) if out else None,
        created_at=user.created_at,
    )
