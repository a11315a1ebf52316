from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, PageQuery, View
from store.documents.notifications import EmailMode, Kind

ClockTime = Annotated[
    str,
    Meta(
        pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)",
        description="`HH:MM` of a wall clock.",
    ),
]
PushKey = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+={0,2}$(?!\n)")]


class NotificationListQuery(PageQuery, kw_only=True, frozen=True):
    unread: bool = False
    """True lists those only that were not read."""


class AboutView(View, kw_only=True, frozen=True):
    kind: Literal["user", "party", "video", "message", "report"]
    id: str


class NotificationView(View, kw_only=True, frozen=True):
    id: str
    kind: Kind
    text: str
    """What it says, in a sentence."""
    by: str | None = None
    """User who caused it."""
    about: AboutView | None = None
    fields: dict[str, str]
    path: str
    """The page of ours that it leads to."""
    created_at: datetime
    read_at: datetime | None = None


class NotificationPage(View, kw_only=True, frozen=True):
    items: list[NotificationView]
    next: str | None
    unread_count: int


class AllRead(View, kw_only=True, frozen=True):
    read: int
    """How many were not read before."""


class WayChoice(Body, kw_only=True, frozen=True):
    """By which ways a kind reaches you. `push` goes to the browsers that subscribed."""

    in_app: bool
    email: bool
    push: bool


class KindChoices(Body, kw_only=True, frozen=True):
    """A kind that is left out is as it is for everybody. `security` cannot be switched off."""

    invited: WayChoice | None = None
    party_starting: WayChoice | None = None
    party_started: WayChoice | None = None
    mentioned: WayChoice | None = None
    replied: WayChoice | None = None
    followed: WayChoice | None = None
    report_resolved: WayChoice | None = None
    announcement: WayChoice | None = None
    security: WayChoice | None = None


class QuietHoursChoice(Body, kw_only=True, frozen=True, rename={"start": "from", "end": "to"}):
    """Put off mails and pushes, in your own time zone; `from` later than `to` crosses midnight."""

    start: ClockTime
    end: ClockTime


class PreferencesChoice(Body, kw_only=True, frozen=True):
    kinds: KindChoices = KindChoices()
    email_mode: EmailMode = "immediate"
    """`daily` and `weekly` put the mails of a day or a week into one, at 8 in the morning of your time zone."""
    quiet_hours: QuietHoursChoice | None = None


class AllKinds(View, kw_only=True, frozen=True):
    invited: WayChoice
    party_starting: WayChoice
    party_started: WayChoice
    mentioned: WayChoice
    replied: WayChoice
    followed: WayChoice
    report_resolved: WayChoice
    announcement: WayChoice
    security: WayChoice


class PreferencesView(View, kw_only=True, frozen=True):
    kinds: AllKinds
    email_mode: EmailMode
    quiet_hours: QuietHoursChoice | None
    time_zone: str
    """The one that the quiet hours and digests go by: that of your profile."""
    push_public_key: str | None
    """The `applicationServerKey` to subscribe with; null where this server sends no pushes."""


class PushKeys(Body, kw_only=True, frozen=True):
    p256dh: PushKey
    auth: PushKey


class NewPushSubscription(Body, kw_only=True, frozen=True, rename={"expiration_time": "expirationTime"}):
    """What `PushSubscription.toJSON()` of a browser gives."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=1000)]
    keys: PushKeys
    expiration_time: float | None = None


class PushSubscriptionView(View, kw_only=True, frozen=True):
    id: str
    created_at: datetime


class RsvpView(View, kw_only=True, frozen=True):
    party_id: str
    going: bool
    going_count: int
