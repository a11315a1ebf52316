"""The job `erase`: people whose accounts are gone leave the lake, its tables, the figures, and the days of telemetry."""

from collections import Counter
from datetime import datetime

from conf import logs
from conf.clock import to_ms, utc
from pipeline.erasing import Erased, erase_hours
from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from pipeline.schedule import Schedule
from pipeline.slots import day_of, slot_of
from store.documents import Erasure
from store.erasures import LakeErasures
from store.event_days import EventDays
from store.manifest import Manifest

NAME = "erase"
HOURS_OF_A_TASK = 8

log = logs.get("pipeline.erase")


def run(work: Work) -> Outcome:
    """Take everybody who is due out of everything, and close the rows of those of whom nothing is left.

    Doing it again finds nothing. Whose row stays open is looked for again the next time.
    """
    erasures, manifest = LakeErasures(work.database), Manifest(work.database)
    rows = {row.lake.person: row for row in erasures.due(work.only) if row.lake is not None}
    if not rows:
        return Outcome()
    busy = {person for person, row in rows.items() if manifest.is_busy(slot_of(_until_ms(row, work)))}
    found = _out_of_the_lake(work, rows, manifest)
    outcome = Outcome(
        slots=len(found),
        rows=sum(sum(one.rows.values()) for one in found),
        held_by_others=[one.hour for one in found if one.held],
        failed={one.hour: one.error for one in found if one.error},
    )
    lake_rows, lake_files = Counter[str](), Counter[str]()
    for one in found:
        lake_rows.update(one.rows)
        lake_files.update(one.files)
    if lake_files:
        outcome.failed |= work.follow()
    clean = not outcome.failed and not outcome.held_by_others
    deleted, left = _out_of_telemetry(work, rows)
    ended = 0
    for person, row in rows.items():
        events = deleted[row.pseudonym]
        erasures.count(row.id, {"lake_rows": lake_rows[person], "lake_files": lake_files[person], "telemetry": events})
        if clean and person not in busy and row.pseudonym not in left:
            _forget_figures(work, person)
            ended += erasures.end(row.id, _now(work))
    outcome.told = {
        "accounts": len(rows),
        "closed": ended,
        "lake_files": lake_files.total(),
        "telemetry": deleted.total(),
    }
    log.info("people left the lake", **outcome.told, rows=outcome.rows)
    return outcome


def _out_of_the_lake(work: Work, rows: dict[str, Erasure], manifest: Manifest) -> list[Erased]:
    since_ms = min(row.lake.since_ms for row in rows.values() if row.lake is not None)
    hours = manifest.hours(slot_of(since_ms), slot_of(work.moment.now_ms))
    found = work.tasks.map(
        erase_hours,
        chunks(hours, HOURS_OF_A_TASK),
        sorted(rows),
        work.place,
        work.owner,
        work.lease_seconds,
        done=lambda done: work.progress(Step(NAME, "hours", min(done * HOURS_OF_A_TASK, len(hours)), len(hours))),
    )
    return [one for part in found for one in part]


def _out_of_telemetry(work: Work, rows: dict[str, Erasure]) -> tuple[Counter[str], set[str]]:
    """Delete what was measured of people, each minute together with what the manifest says of it.

    Return how many events that were, and of whom something is left, as its minute is not ingested; both by pseudonym.
    """
    days, deleted, left = EventDays(work.database), Counter[str](), set[str]()
    first = day_of(min(row.lake.since_ms for row in rows.values() if row.lake is not None))
    pseudonyms = sorted(row.pseudonym for row in rows.values())
    for day in days.days():
        for minute in days.minutes_of(day, pseudonyms) if day >= first else ():
            events = days.forget(minute.user_id, minute.begins_ms, slot_of(minute.begins_ms))
            deleted[minute.user_id] += events
            left |= set() if events else {minute.user_id}
    return deleted, left


def _forget_figures(work: Work, person: str) -> None:
    """Delete what is published of a person by any job; what they were part of has been computed anew."""
    work.database["aggregates"].delete_many({"kind": "user", "subject": person})
    work.database["first_views"].delete_many({"subject": person})


def _until_ms(row: Erasure, work: Work) -> float:
    """Tell until when something of them may have been received: not after their row was handed on."""
    return to_ms(row.due_at) if row.state == "lake" else work.moment.now_ms


def _now(work: Work) -> datetime:
    return utc(work.moment.now_ms)


JOB = Job(
    name=NAME,
    when=Schedule(at="02:30"),
    inputs=("erasures", "lake/raw", "job_runs"),
    outputs=("lake/raw", "lake/quarantine", "events", "aggregates", "erasures"),
    meaning="Takes people whose accounts were erased out of the lake, the figures and the telemetry.",
    run=run,
    upkeep=True,
)
