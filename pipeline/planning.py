"""What a run would do, without doing it."""

import msgspec

from pipeline.ingest import due_slots
from pipeline.jobs.job import Job, Work
from pipeline.slots import slot_of
from pipeline.source import Source
from store.manifest import INGEST, Manifest


class Todo(msgspec.Struct, frozen=True, kw_only=True):
    """What one job has to do."""

    job: str
    due: bool
    what: str


def todo(job: Job, work: Work) -> Todo:
    """Look what a job would find; nothing is claimed and nothing changed."""
    if job.name == INGEST:
        return _ingest(work)
    if job.when is not None:
        return Todo(job=job.name, due=True, what=job.meaning)
    due = job.owed is None or job.owed(work)
    slots = len(Manifest(work.database).owed_to(job.name))
    return Todo(job=job.name, due=due, what=f"{slots} slots that it has not taken in" if slots else job.meaning)


def _ingest(work: Work) -> Todo:
    counts = Source(database=work.database).counts(work.span.from_ms, work.span.to_ms)
    runs = Manifest(work.database).between(slot_of(work.span.from_ms), slot_of(work.span.to_ms))
    due = due_slots(counts, runs, again=work.span.again)
    documents = sum(sum(counts[one.slot]) for one in due)
    return Todo(job=INGEST, due=bool(due), what=f"{len(due)} slots with {documents} documents")
