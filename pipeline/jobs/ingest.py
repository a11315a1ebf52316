"""The job `ingest`: new documents of MongoDB → raw files of the lake."""

from collections import Counter

from pipeline.ingest import due_slots, ingest_slots, together
from pipeline.jobs.job import Job, Outcome, Step, Work
from pipeline.quality import CHECKS
from pipeline.slots import slot_of
from pipeline.source import Source
from store.manifest import INGEST, Manifest


def run(work: Work) -> Outcome:
    """Ingest every slot of the span that lacks something; a few neighbours at a time, each under its own claim."""
    counts = Source(database=work.database).counts(work.span.from_ms, work.span.to_ms)
    runs = Manifest(work.database).between(slot_of(work.span.from_ms), slot_of(work.span.to_ms))
    due = due_slots(counts, runs, again=work.span.again)
    tasks = together(due, counts)
    found = work.tasks.map(
        ingest_slots,
        tasks,
        work.place,
        work.owner,
        work.lease_seconds,
        rows=sum(sum(counts[one.slot]) for one in due),
        done=lambda done: work.progress(Step(INGEST, "slots", sum(map(len, tasks[:done])), len(due))),
    )
    results = [result for part in found for result in part]
    done = [result for result in results if result.fence is not None and result.error is None]
    quality = sum((Counter(result.quality) for result in done), Counter[str]())
    return Outcome(
        slots=len(done),
        rows=sum(result.rows for result in done),
        held_by_others=[result.slot for result in results if result.fence is None],
        failed={result.slot: result.error for result in results if result.error},
        unreadable=sum(result.unreadable for result in done),
        newest_ms=max((result.newest_ms for result in done), default=0),
        gauges={f"pipeline.quality.{check.name}": quality[check.name] for check in CHECKS},
        told={"quality": dict(quality), "erased": sum(result.erased for result in done)},
    )


JOB = Job(
    name=INGEST,
    every_seconds=60,
    schedule="each minute, for minutes that are over since 10 s",
    inputs=("party_log", "events"),
    outputs=("lake/raw", "lake/quarantine"),
    meaning="Brings what was received to the Parquet lake, one file a minute.",
    run=run,
)
