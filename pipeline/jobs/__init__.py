"""One file one job: its name, when it runs, what it reads and writes, and how. `TABLE` is all of them, in order."""

from pipeline.jobs import (
    anomalies,
    archive,
    canary,
    compact,
    erase,
    expire,
    finals,
    ingest,
    leaderboards,
    partials,
    people,
    quality_watch,
    reconcile,
    relative_retention,
)
from pipeline.jobs.job import Job

TABLE: tuple[Job, ...] = (
    ingest.JOB,
    partials.JOB,
    finals.JOB,
    people.JOB,
    leaderboards.JOB,
    relative_retention.JOB,
    anomalies.JOB,
    archive.JOB,
    canary.JOB,
    quality_watch.JOB,
    reconcile.JOB,
    erase.JOB,
    compact.JOB,
    expire.JOB,
)


def named(name: str, table: tuple[Job, ...] = TABLE) -> Job:
    """Find a job. Raises KeyError, with the names that exist, for a name that none has."""
    for job in table:
        if job.name == name:
            return job
    raise KeyError(f"there is no job {name!r}; there are {', '.join(job.name for job in table)}")
