"""Documents as the rest of the house sees them: msgspec Structs, `id` stored as `_id`, datetimes aware and in UTC."""

from datetime import datetime
from typing import Any, Literal

import msgspec


class Document(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Base of all documents."""

    id: str


class User(Document, kw_only=True):
    email: str
    email_key: str
    """Case-folded e-mail; unique."""
    username: str
    username_key: str
    """Case-folded username; unique."""
    display_name: str
    password_hash: str
    role: Literal["user", "staff"] = "user"
    verified: bool = False
    suspended: bool = False
    created_at: datetime


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


class Mail(Document, kw_only=True):
    """A mail to be sent, as a row of facts: its words and its token are made when it goes out."""

    kind: str
    to: str
    fields: dict[str, str] = {}
    state: Literal["pending", "sent", "dropped", "failed"] = "pending"
    attempts: int = 0
    """Claims so far; the number of a claim is what its holder ends it with."""
    next_at: datetime
    """When it may be tried next; while it is being sent, when the claim runs out."""
    error: str | None = None
    created_at: datetime
    expires_at: datetime | None = None
    """When MongoDB removes it; set once it is over."""


class MailToken(Document, kw_only=True):
    """What a link in a mail carries; `id` is the SHA-256 of it, so that the database holds no credential."""

    purpose: str
    user_id: str
    email_key: str
    """The address that it was sent to: for another one it is void."""
    redemption: str | None = None
    """Names the one redemption that used it up."""
    created_at: datetime
    expires_at: datetime


class Video(Document, kw_only=True):
    title: str
    description: str = ""
    uploader_id: str
    source: Literal["upload", "url", "youtube", "google_drive"]
    status: Literal["uploading", "processing", "ready", "failed"]
    failure: str | None = None
    """Why the probe refused it, in words for the uploader."""
    visibility: Literal["public", "unlisted", "private"] = "private"
    url: str | None = None
    file_name: str | None = None
    """Of an upload: its random name under `<data>/videos`."""
    content_type: str | None = None
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    received_bytes: int = 0
    revision: int = 1
    created_at: datetime


class Party(Document, kw_only=True):
    """A party as lists show it: a projection of its log up to `seq`, and what no log may hold (password hash)."""

    code: str
    """8 characters, unique, for people to type."""
    title: str
    description: str = ""
    host_id: str
    """User id of the present host."""
    creator_id: str
    video_id: str | None = None
    status: Literal["scheduled", "lobby", "live", "ended"] = "lobby"
    visibility: Literal["public", "unlisted", "private"] = "unlisted"
    password_hash: str | None = None
    scheduled_for: datetime | None = None
    settings: dict[str, Any] = {}
    member_user_ids: list[str] = []
    """Users who have entered; gives `filter=mine` and `past`."""
    members_count: int = 0
    """People who have entered, guests too, and have not left."""
    seq: int = 0
    revision: int = 1
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class PartyEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One numbered event of a party's log. The store does not look into `body`."""

    event_id: str
    seq: int
    type: str
    v: int = 1
    at_ms: int
    by: str | None = None
    """Member who caused it; None is the system."""
    user_id: str | None = None
    guest_id: str | None = None
    session_id: str | None = None
    video_id: str | None = None
    command_id: str | None = None
    """`<session>:<id>` of the client's command, by which a retry is known."""
    body: dict[str, Any] = {}


class TelemetryEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event beside the party log: account, video, connection and viewer telemetry."""

    event_id: str
    type: str
    v: int = 1
    at_ms: int
    """When it happened, corrected by the connection's clock offset."""
    sent_at_ms: int | None = None
    """What the client's own clock said."""
    received_ms: int
    user_id: str | None = None
    guest_id: str | None = None
    session_id: str | None = None
    party_id: str | None = None
    video_id: str | None = None
    device: str | None = None
    browser: str | None = None
    os: str | None = None
    country: str | None = None
    client: str | None = None
    fields: dict[str, float | int | str | bool] = {}


class Aggregate(Document, kw_only=True):
    """One published row; `id` is `family:kind:subject:window`, so that publishing again replaces it."""

    family: str
    kind: Literal["party", "user", "video", "platform"]
    subject: str
    window: str
    """`all`, a day `2026-11-23` or an hour `2026-11-23T14`, UTC."""
    definition_version: int
    computed_at: datetime
    complete_until: datetime
    provisional: bool
    values: dict[str, Any]


class JobRun(Document, kw_only=True):
    """One slot of a job: its claim, its lease, its outcome. `id` is `job:slot`."""

    job: str
    slot: str
    state: Literal["claimed", "done", "failed"]
    fence: int
    owner: str
    lease_until: datetime
    attempts: int = 1
    started_at: datetime
    finished_at: datetime | None = None
    error: str | None = None
    outcome: dict[str, Any] = {}
    """What the run produced: file names, counts. The manifest of the lake is read from here."""
