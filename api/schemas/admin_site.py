from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from api.schemas.fields import Body, Id, PageQuery, View

Announced = Annotated[str, Meta(min_length=1, max_length=200)]
Explained = Annotated[str, Meta(max_length=500)]
Moment = Annotated[datetime, Meta(tz=True)]


class OverviewView(View, kw_only=True, frozen=True):
    """How the place does; counted at `computed_at`, at most ten seconds ago."""

    users: int
    verified_users: int
    active_today: int
    """People who signed in or refreshed their session since midnight UTC."""
    live_parties: int
    open_sockets: int
    """Sockets of parties and of people, of the node that answers."""
    open_reports: int
    failed_jobs: int
    """Slots of jobs whose last try failed."""
    mails_pending: int
    mails_failed: int
    """Of the last seven days."""
    disk_free_bytes: int
    disk_total_bytes: int
    computed_at: datetime


class SiteSettings(View, kw_only=True, frozen=True):
    """What staff switch while the server runs; `ETag` is the revision, for `If-Match`."""

    maintenance: bool
    maintenance_message: str
    registration_open: bool
    revision: int
    changed_by: str | None
    changed_at: datetime | None


class SiteSettingsChanges(Body, kw_only=True, frozen=True):
    maintenance: bool | UnsetType = UNSET
    maintenance_message: Explained | UnsetType = UNSET
    registration_open: bool | UnsetType = UNSET


class MaintenanceMode(Body, kw_only=True, frozen=True):
    on: bool
    message: Explained = ""
    """What everybody but staff is told meanwhile."""


class Announcement(Body, kw_only=True, frozen=True):
    text: Announced
    notify: bool = False
    """Whether everybody also finds it among their notifications."""


class AnnouncementView(View, kw_only=True, frozen=True):
    id: str
    sockets: int
    """Connections of this node that were told at once."""


class AuditSearch(Body, kw_only=True, frozen=True):
    by: Id | None = None
    action: Id | None = None
    about_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    """Not included."""


class AuditQuery(PageQuery, kw_only=True, frozen=True):
    by: Id | None = None
    action: Id | None = None
    about_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    """Not included."""


class AuditEntryView(View, kw_only=True, frozen=True):
    id: str
    at: datetime
    by: str | None
    """Null for the command line."""
    by_name: str
    action: str
    about_kind: str | None = None
    about_id: str | None = None
    details: dict[str, str]
    ip: str
    request_id: str
    outcome: Literal["begun", "done", "refused"]
    """`begun` is still under way, or was cut off."""


class AuditPage(View, kw_only=True, frozen=True):
    items: list[AuditEntryView]
    next: str | None


class CollectionView(View, kw_only=True, frozen=True):
    name: str
    documents: int
    bytes: int
    index_bytes: int


class SystemView(View, kw_only=True, frozen=True):
    """The node that answers, and its database."""

    version: str
    protocol: str
    python: str
    tornado: str
    mongodb: str
    started_at: datetime
    uptime_seconds: float
    pid: int
    memory_bytes: int | None
    """Null where the operating system does not tell."""
    open_files: int | None
    threads: int
    event_loop_lag_ms: float
    """How much later than asked for the loop woke up, the worst of five tries."""
    settings: dict[str, Any]
    """Without what is secret."""
    collections: list[CollectionView]
