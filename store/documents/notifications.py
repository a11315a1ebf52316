"""What people are told, by which ways it reaches them, and what they chose about that."""

from datetime import datetime
from typing import Literal

import msgspec

from store.documents.base import Document

Kind = Literal[
    "invited",
    "party_starting",
    "party_started",
    "mentioned",
    "replied",
    "followed",
    "report_resolved",
    "announcement",
    "security",
]
Way = Literal["email", "push"]
"""Ways that lead out of the house; in the app a notification is there as soon as it is stored."""
EmailMode = Literal["immediate", "daily", "weekly", "off"]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The thing that a notification leads to."""

    kind: Literal["user", "party", "video", "message", "report"]
    id: str


class Notification(Document, kw_only=True):
    """One thing that one person is told. It stays when it is deleted, hidden and empty, so that it is not told again."""

    user_id: str
    key: str
    """What makes it once-only: unique with `user_id`."""
    kind: Kind
    by: str | None = None
    """User who caused it."""
    about: About | None = None
    fields: dict[str, str] = {}
    shown: bool = True
    """Whether it is listed in the app; False where its person wants this kind by other ways only, and when deleted."""
    planned: bool = False
    """Whether its deliveries are stored; a crash before that is healed by whoever finds it."""
    created_at: datetime
    read_at: datetime | None = None
    expires_at: datetime
    """When MongoDB removes it."""


class Delivery(Document, kw_only=True):
    """One notification on one way out, `<notification>:<way>`; or a digest, `digest:<user>:<slot>`, which takes several along."""

    user_id: str
    way: Way
    notification_id: str | None = None
    """None is a digest."""
    digest: str | None = None
    """The digest that it waits for; such a one is not claimed by itself."""
    state: Literal["pending", "sent", "read", "dropped", "failed"] = "pending"
    """`read`: it was read in the app before it went, so it did not go. `dropped`: nobody wanted it any more."""
    attempts: int = 0
    """Claims so far; the number of a claim is what its holder ends it with."""
    next_at: datetime | None = None
    """When it may be tried next; while it is being sent, when the claim runs out."""
    reached: list[str] = []
    """Push subscriptions that have it, so that another try leaves them in peace."""
    error: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    """When MongoDB removes it; set once it is over."""


class WaysChosen(msgspec.Struct, frozen=True, kw_only=True):
    """By which ways somebody wants one kind."""

    in_app: bool
    email: bool
    push: bool


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """Hours without mails and pushes, `HH:MM` by the wall clock of their person's time zone; they may cross midnight."""

    start: str
    end: str


class NotificationPreferences(Document, kw_only=True):
    """What somebody chose; `id` is their user id. A kind that is not named is as it is for everybody."""

    kinds: dict[str, WaysChosen] = {}
    email_mode: EmailMode = "immediate"
    quiet_hours: QuietHours | None = None
    updated_at: datetime


class PushSubscription(Document, kw_only=True):
    """Where a browser can be reached; `id` is the SHA-256 of its endpoint, which is a secret of its owner."""

    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    device: str = ""
    created_at: datetime


class Rsvp(Document, kw_only=True):
    """Somebody means to come; `id` is `<party>:<user>`."""

    party_id: str
    user_id: str
    created_at: datetime
    expires_at: datetime
