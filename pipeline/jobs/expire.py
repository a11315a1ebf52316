"""The job `expire`: days of telemetry that are past their retention, and of which the lake has everything, are dropped."""

from conf import logs
from pipeline.aggregations.scopes import CANARY
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.reconciling import day_found
from pipeline.schedule import Schedule
from pipeline.slots import DAY_MS, day_start_ms
from store.event_days import EventDays

NAME = "expire"

log = logs.get("pipeline.expire")


def run(work: Work) -> Outcome:
    """Look at each day that is past its retention once more, and drop it where MongoDB and the lake agree in every minute.

    One that they do not agree about stays, and is told; so does one that some job has not taken in yet.
    """
    days, lake = EventDays(work.database), work.place.open_lake()
    dropped: list[str] = []
    kept: dict[str, str] = {}
    rows = 0
    for day in days.days():
        ends_ms = day_start_ms(day) + DAY_MS
        if ends_ms + work.retention_days * DAY_MS > work.moment.now_ms:
            continue
        found = day_found(work.database, lake, day, ends_ms)
        if found.settled:
            days.drop(day)
            _drop_canaries(work, ends_ms - DAY_MS, ends_ms)
            dropped.append(day)
            rows += found.events
            log.info("a day of events was dropped: the lake has it", day=day, events=found.events)
        else:
            kept[day] = _why(found.difference, found.bad_files, found.open)
            log.error("a day of events is past its retention, but the lake has not all of it", day=day, why=kept[day])
    return Outcome(slots=len(dropped), rows=rows, told={"dropped": dropped, "kept": kept})


def _drop_canaries(work: Work, begins_ms: int, ends_ms: int) -> None:
    """Drop the canaries' part of the log, which is nobody's; that of parties stays."""
    received = {"$gte": begins_ms, "$lt": ends_ms}
    canaries = {"$gte": f"{CANARY}-", "$lt": f"{CANARY}."}
    work.database["party_log"].delete_many({"received_ms": received, "party_id": canaries})


def _why(difference: int, bad_files: list[str], still_open: list[str]) -> str:
    reasons = [
        f"{difference} events differ" if difference else "",
        f"files are missing or damaged: {', '.join(bad_files)}" if bad_files else "",
        f"minutes are not taken in: {', '.join(still_open)}" if still_open else "",
    ]
    return "; ".join(filter(None, reasons))


JOB = Job(
    name=NAME,
    when=Schedule(at="05:00"),
    inputs=("events", "job_runs", "lake/raw"),
    outputs=("events",),
    meaning="Drops days of telemetry that are past their retention, once the lake has all of them.",
    run=run,
    upkeep=True,
)
