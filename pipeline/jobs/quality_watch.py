"""The job `quality`: how much of the last day failed a check or could not be read, for staff to see."""

from collections import Counter

from conf import logs
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.schedule import HOUR, Schedule
from pipeline.slots import DAY_MS, slot_of
from store.manifest import Manifest

NAME = "quality"
ALARM = 0.01
"""The share of a day's events from which on something is wrong with a client, and not with a few events."""
FEWEST = 1_000

log = logs.get("pipeline.quality")


def run(work: Work) -> Outcome:
    """Add up what the checks of ingest told of the last day."""
    checks, total = Counter[str](), Counter[str]()
    first, last = slot_of(work.moment.complete_ms - DAY_MS), slot_of(work.moment.complete_ms)
    for ingested in Manifest(work.database).between(first, last).values():
        checks.update(ingested.outcome.get("quality", {}))
        total.update({name: ingested.outcome.get(name, 0) for name in ("rows", "quarantined", "unreadable")})
    failures = total["quarantined"] + total["unreadable"]
    events = failures + total["rows"]
    if events >= FEWEST and failures / events >= ALARM:
        log.error("many events failed a check", failures=failures, events=events, checks=dict(checks))
    return Outcome(rows=events, told={"failures": failures, "checks": dict(checks), "events": events})


JOB = Job(
    name=NAME,
    when=Schedule(every=HOUR, at="00:03"),
    inputs=("job_runs",),
    outputs=("job_runs",),
    meaning="Adds up which checks the events of the last day failed.",
    run=run,
    upkeep=True,
)
