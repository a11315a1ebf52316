from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from api.schemas.fields import Body, DisplayName, View
from store.documents import User


class UserView(View, kw_only=True, frozen=True):
    id: str
    username: str
    display_name: str
    email: str | None = None
    """One's own only."""
    verified: bool
    role: Literal["user", "staff"]
    created_at: datetime


class UserChanges(Body, kw_only=True, frozen=True):
    display_name: DisplayName | UnsetType = UNSET


def own_view(user: User) -> UserView:
    """Show a user to themselves: with the e-mail address."""
    return UserView(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        verified=user.verified,
        role=user.role,
        created_at=user.created_at,
    )
