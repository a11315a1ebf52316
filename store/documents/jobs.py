"""What the pipeline's scheduler tells of its jobs, and what staff ask of it."""

from datetime import datetime
from typing import Any, Literal

from store.documents.base import Document


class PlannedJob(Document, kw_only=True):
    """One line of the schedule, as the scheduler wrote it last; `id` is the job's name."""

    every_seconds: int
    schedule: str
    """The same in words."""
    meaning: str
    inputs: list[str]
    outputs: list[str]
    next_at: datetime
    told_at: datetime
    """When the scheduler was last alive."""


class JobRequest(Document, kw_only=True):
    """Somebody of the staff asks for a run now."""

    job: str
    asked_by: str
    asked_at: datetime
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    owner: str | None = None
    """Scheduler that took it."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    outcome: dict[str, Any] = {}
    waiting_for: str | None = None
    """The job's name while it waits or runs; unique, so that asking twice asks once."""
    expires_at: datetime | None = None
    """When MongoDB removes it; set once it is over."""
