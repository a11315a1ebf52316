from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, Cursor, View
from api.schemas.notifications import NotificationView
from api.schemas.parties import PartyView
from api.schemas.users import UserView
from api.schemas.videos import VideoView

Platform = Literal["ios", "android", "web", "other"]
DeviceId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+\Z")]
DeviceName = Annotated[str, Meta(min_length=1, max_length=100)]
AppVersion = Annotated[str, Meta(max_length=40, pattern=r"^[0-9A-Za-z.+-]+\Z")]
PushToken = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+\Z")]


class FeaturesView(View, kw_only=True, frozen=True):
    registration: bool
    maintenance: bool
    google_sign_in: bool
    web_push: bool


class LimitsView(View, kw_only=True, frozen=True):
    upload_bytes: int
    frame_bytes: int
    """Of one websocket message, and of a JSON body."""
    page_items: int
    sync_items: int
    title_characters: int
    message_characters: int
    devices: int


class HeartbeatView(View, kw_only=True, frozen=True):
    """Of the websocket: say something this often, or be taken for gone."""

    interval_ms: int
    silence_ms: int
    hello_ms: int
    """How long after connecting the `hello` may take."""


class MobileConfig(View, kw_only=True, frozen=True, omit_defaults=False):
    server_version: str
    min_app_version: str
    """Older apps should ask to be updated."""
    websocket_protocol: str
    features: FeaturesView
    limits: LimitsView
    heartbeat: HeartbeatView
    access_token_s: int
    server_time: datetime
    """Not part of the ETag; a 304 has the time in its `Date` line."""


class MobileHome(View, kw_only=True, frozen=True):
    """One screen; each list is short, and has its own route for more."""

    me: UserView
    unread_count: int
    live: list[PartyView]
    """Parties that are live now, of people whom you follow."""
    upcoming: list[PartyView]
    """The soonest first: public ones, and yours."""
    mine: list[PartyView]
    recommended: list[PartyView]
    """Public parties that you are not in, the best ranked first."""
    videos: list[VideoView]
    """The newest public ones, and yours."""


class NewDevice(Body, kw_only=True, frozen=True):
    id: DeviceId
    """The app's own, made once when it is installed."""
    platform: Platform
    name: DeviceName
    app_version: AppVersion
    push_token: PushToken | None = None


class DeviceView(View, kw_only=True, frozen=True):
    id: str
    platform: Platform
    name: str
    app_version: str
    has_push_token: bool
    """The token itself is not shown again."""
    created_at: datetime
    seen_at: datetime


class DeviceList(View, kw_only=True, frozen=True):
    items: list[DeviceView]
    next: None = None


class SyncQuery(Body, kw_only=True, frozen=True):
    since: Cursor | None = None
    """`next` of the last answer; without it everything is sent."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class RelationView(View, kw_only=True, frozen=True):
    kind: Literal["follow", "block"]
    user_id: str
    created_at: datetime


class SyncItem(View, kw_only=True, frozen=True):
    """How one thing is now: put it in the place of what you have under this kind and id, or, where it is gone, remove that."""

    kind: str
    """`party`, `video`, `notification` or `relation`; it names the field that holds the thing."""
    id: str
    gone: bool = False
    party: PartyView | None = None
    video: VideoView | None = None
    notification: NotificationView | None = None
    relation: RelationView | None = None


class SyncPage(View, kw_only=True, frozen=True, omit_defaults=False):
    items: list[SyncItem]
    next: str
    """The cursor to come back with, always."""
    more: bool
    """Whether there is more to be had at once."""
    full: bool
    """Whether everything is being sent: what you have beyond it is no more."""
