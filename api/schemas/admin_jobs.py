from datetime import datetime
from typing import Literal

from api.schemas.fields import Id, PageQuery, View

RunState = Literal["claimed", "done", "failed"]


class JobRunView(View, kw_only=True, frozen=True):
    """One slot of a job: who ran it, and what came of it."""

    id: str
    job: str
    slot: str
    state: RunState
    attempts: int
    owner: str
    started_at: datetime
    finished_at: datetime | None = None
    error: str | None = None
    rows: int | None = None


class JobRequestView(View, kw_only=True, frozen=True):
    """A run that staff asked for."""

    id: str
    job: str
    state: Literal["waiting", "running", "done", "failed"]
    asked_by: str
    asked_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    rows: int | None = None


class JobView(View, kw_only=True, frozen=True):
    name: str
    schedule: str
    every_seconds: int
    meaning: str
    inputs: list[str]
    outputs: list[str]
    next_at: datetime
    scheduler_seen_at: datetime
    """When the scheduler last said that it is alive; it does so every 30 seconds."""
    last_run: JobRunView | None
    last_request: JobRequestView | None


class JobList(View, kw_only=True, frozen=True):
    items: list[JobView]
    """None where no scheduler has ever run."""
    next: None


class JobRunQuery(PageQuery, kw_only=True, frozen=True):
    job: Id | None = None
    state: RunState | None = None


class JobRunList(View, kw_only=True, frozen=True):
    items: list[JobRunView]
    """The last started first."""
    next: str | None
