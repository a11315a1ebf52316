"""The job `archive`: logs of parties that are over for a week → packed blocks, once the lake has all of them."""

from datetime import timedelta

from conf.clock import utc
from pipeline.ingest import due_slots
from pipeline.jobs.job import Job, Outcome, Step, Work
from pipeline.slots import slot_of
from pipeline.source import Source
from store.manifest import Manifest
from store.party_archiving import NotAsWritten, PartyArchiver

NAME = "archive"
AFTER = timedelta(days=7)
"""Time to look at a party again in its log; telemetry of it has come by then, too."""
PARTIES_OF_A_RUN = 200


def owed(work: Work) -> bool:
    """Whether a party is over for long enough."""
    return bool(PartyArchiver(work.database).over(utc(work.moment.now_ms) - AFTER, 1))


def run(work: Work) -> Outcome:
    """Archive the parties that ended first; one of which the lake lacks something waits."""
    archiver, outcome = PartyArchiver(work.database), Outcome()
    parties = archiver.over(utc(work.moment.now_ms) - AFTER, PARTIES_OF_A_RUN)
    for place, party_id in enumerate(parties):
        if _ingested(work, *archiver.span(party_id)):
            try:
                moved = archiver.move(party_id)
            except NotAsWritten as error:
                outcome.failed[party_id] = str(error)
                continue
            outcome.slots += 1
            outcome.rows += moved.events
            if moved.whole:
                archiver.note(party_id, utc(work.moment.now_ms))
        work.progress(Step(NAME, "parties", place + 1, len(parties)))
    return outcome


def _ingested(work: Work, first_ms: int, last_ms: int) -> bool:
    """Say whether the lake has all that was received in a span. What leaves the log before would be missing there."""
    counts = Source(database=work.database).counts(first_ms, last_ms + 1)
    return not due_slots(counts, Manifest(work.database).between(slot_of(first_ms), slot_of(last_ms)))


JOB = Job(
    name=NAME,
    every_seconds=60,
    schedule="each minute, for parties that ended a week ago",
    inputs=("party_log", "parties", "job_runs"),
    outputs=("party_archive",),
    meaning="Packs the logs of parties that are over, a seventh of the bytes; they are read as before.",
    run=run,
    owed=owed,
)
