from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, DisplayName, Email, Password, Username, View
from api.schemas.users import UserView

RefreshTokenText = Annotated[str, Meta(max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]

MailTokenText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
"""What a link in a mail carries as `?token=`."""


class Registration(Body, kw_only=True, frozen=True):
    email: Email
    username: Username
    password: Password
    password_confirm: Password
    display_name: DisplayName | None = None


class SignIn(Body, kw_only=True, frozen=True):
    email: Annotated[str, Meta(max_length=254)]
    password: Password


class Reauthentication(Body, kw_only=True, frozen=True):
    password: Password


class Refresh(Body, kw_only=True, frozen=True):
    """Browsers send none: theirs is in the cookie."""

    refresh_token: RefreshTokenText | None = None


class Verification(Body, kw_only=True, frozen=True):
    token: MailTokenText


class AddressAsked(Body, kw_only=True, frozen=True):
    """Who is signed in need not say theirs."""

    email: Email | None = None


class Forgotten(Body, kw_only=True, frozen=True):
    email: Email


class PasswordReset(Body, kw_only=True, frozen=True):
    token: MailTokenText
    password: Password
    password_confirm: Password


class PasswordChange(Body, kw_only=True, frozen=True):
    current_password: Password
    password: Password
    password_confirm: Password


class OpenSession(View, kw_only=True, frozen=True):
    id: str
    current: bool
    """Whether it is the one that asks."""
    device: str | None = None
    """What the client called itself when it signed in."""
    created_at: datetime
    last_used_at: datetime
    """When it was last refreshed."""
    expires_at: datetime


class OpenSessions(View, kw_only=True, frozen=True):
    items: list[OpenSession]
    next: None
    """Always null: all of them are here."""


class SessionView(View, kw_only=True, frozen=True):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    refresh_token: str | None = None
    """Not for browsers (`X-Matinee-Client: web`): theirs is set as an HttpOnly cookie."""
    user: UserView


class TicketView(View, kw_only=True, frozen=True):
    ticket: str
    expires_in: int
    """Seconds."""
