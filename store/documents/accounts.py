"""Accounts, their sessions and tickets."""

from datetime import datetime
from typing import Literal

import msgspec

from store.documents.base import Document

Privacy = Literal["public", "followers", "private"]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What people tell of themselves. It is part of the account's document, so that neither is there without the other."""

    bio: str = ""
    time_zone: str = "UTC"
    """A name of the IANA database."""
    privacy: Privacy = "public"
    """Who is shown bio, time zone, picture and counts; name and username are shown to all."""
    locale: str | None = None
    """BCP 47, as `pt-BR`."""
    avatar: str | None = None
    """Random name of the picture's file under `<data>/avatars`."""


class User(Document, kw_only=True):
    email: str
    email_key: str
    """Case-folded e-mail; unique."""
    username: str
    username_key: str
    """Case-folded username; unique."""
    skeleton: str = ""
    """The username with look-alikes folded together (`api.services.names`); unique."""
    display_name: str
    password_hash: str
    role: Literal["user", "staff"] = "user"
    verified: bool = False
    suspended: bool = False
    suspended_until: datetime | None = None
    """When a suspension ends by itself."""
    banned: bool = False
    """Suspended for good: the e-mail address stays taken by this account."""
    standing_reason: str = ""
    """Why staff suspended or banned the account."""
    profile: Profile = Profile()
    created_at: datetime

    def shut_out(self, now: datetime) -> bool:
        """Tell whether staff have suspended or banned the account, and not only until a moment that is past."""
        return self.suspended and (self.suspended_until is None or now < self.suspended_until)


class RefreshToken(Document, kw_only=True):
    """One link of a session's chain; `id` is the SHA-256 of the token, so that the database holds no credential."""

    family: str
    """The session: all tokens that descend from one login."""
    user_id: str
    successor: str | None = None
    """Names the one rotation that used this token up; the next token follows from this one by a key of ours."""
    device: str = ""
    """What the client called itself when it signed in."""
    rotated_at: datetime | None = None
    revoked: bool = False
    created_at: datetime
    expires_at: datetime


class Ticket(Document, kw_only=True):
    """Opens one websocket; `id` is the SHA-256 of what the client holds."""

    user_id: str
    family: str
    """The session that asked for it."""
    used: bool = False
    expires_at: datetime
