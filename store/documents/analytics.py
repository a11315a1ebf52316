"""Telemetry, aggregates and the runs of jobs."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from store.documents.base import Document


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
    digest: str = ""
    """A sum of the values, by which a row that says the same as before is told."""


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
