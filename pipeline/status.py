"""What the command line and the admin page tell about the jobs: the schedule, and how the last runs went."""

from datetime import datetime
from typing import Any

import msgspec
from pymongo.database import Database

from conf.clock import utc
from pipeline import jobs
from pipeline.runner import SLACK_MS, closed_until_ms
from pipeline.slots import SLOT_MS
from store.job_runs import JobRuns
from store.manifest import Manifest


class JobStatus(msgspec.Struct, kw_only=True):
    """One job and its last run."""

    job: str
    state: str
    """done, claimed, failed, or never."""
    slot: str | None
    started_at: datetime | None
    finished_at: datetime | None
    owner: str | None
    error: str | None
    rows: int
    owed: int
    """Slots in the lake that the job has not taken in."""


class Planned(msgspec.Struct, kw_only=True):
    """One line of the schedule."""

    job: str
    schedule: str
    every_seconds: int
    next_at: datetime
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    meaning: str


def status(database: Database[dict[str, Any]]) -> list[JobStatus]:
    """Tell how the last run of each job went."""
    return [_status(job.name, JobRuns(database), Manifest(database)) for job in jobs.TABLE]


def schedule(now_ms: float) -> list[Planned]:
    """List the jobs with the time when each is due next."""
    minute_ms = closed_until_ms(now_ms) + SLOT_MS + SLACK_MS
    return [
        Planned(
            job=job.name,
            schedule=job.words,
            every_seconds=job.seconds,
            next_at=utc(job.when.next_ms(now_ms) if job.when else minute_ms),
            inputs=job.inputs,
            outputs=job.outputs,
            meaning=job.meaning,
        )
        for job in jobs.TABLE
    ]


def _status(job: str, runs: JobRuns, manifest: Manifest) -> JobStatus:
    last = next(iter(runs.latest(job, 1)), None)
    return JobStatus(
        job=job,
        state=last.state if last else "never",
        slot=last.slot if last else None,
        started_at=last.started_at if last else None,
        finished_at=last.finished_at if last else None,
        owner=last.owner if last else None,
        error=last.error if last else None,
        rows=last.outcome.get("rows", 0) if last else 0,
        owed=len(manifest.owed_to(job)),
    )
