"""The job `canary`: a party of nobody with a known answer → whether the pipeline gives it."""

from contextlib import suppress
from typing import Any

from pymongo.errors import DuplicateKeyError

from conf import logs
from pipeline.canaries import canary, differences
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.schedule import Schedule
from pipeline.slots import DAY_MS, slot_of
from store.aggregates import aggregate_id
from store.event_days import EventDays
from store.job_runs import JobRuns

NAME = "canary"
EVERY_SECONDS = 15 * 60
TIME_MS = 5 * 60_000
"""How long the pipeline has to bring a canary through; it needs less than two minutes."""
FAMILY = "party_report"

log = logs.get("pipeline.canary")


def run(work: Work) -> Outcome:
    """Look what became of the last canary, and let another one in."""
    outcome = Outcome(told={"party": None, "written_ms": None})
    last = _last(work)
    if last is not None:
        wrong = differences(_report(work, last))
        outcome.gauges["pipeline.canary_ok"] = float(not wrong)
        outcome.told |= {"looked_at": last, "wrong": wrong}
        if wrong:
            log.error("the canary came back with other figures, or not at all", party=last, wrong=wrong)
    outcome.told |= _let_in(work)
    outcome.rows = 1
    _tidy(work)
    return outcome


def _let_in(work: Work) -> dict[str, Any]:
    now_ms = work.moment.now_ms
    made = canary(slot_of(now_ms), now_ms)
    EventDays(work.database).put(made.telemetry)
    with suppress(DuplicateKeyError):  # this minute has had one
        work.database["party_log"].insert_one(made.commit)
    return {"party": made.party, "written_ms": now_ms}


def _last(work: Work) -> str | None:
    """Name the newest canary that has had its time."""
    for run_ in JobRuns(work.database).latest(NAME, 8):
        written_ms = run_.outcome.get("written_ms")
        if written_ms is not None and written_ms <= work.moment.now_ms - TIME_MS:
            return str(run_.outcome["party"])
    return None


def _report(work: Work, party: str) -> dict[str, Any] | None:
    row = work.database["aggregates"].find_one({"_id": aggregate_id(FAMILY, "party", party, "all")}, {"values": 1})
    return None if row is None else dict(row["values"])


def _tidy(work: Work) -> None:
    """Take the reports of former days away: nobody looks at them any more."""
    old = canary(slot_of(work.moment.now_ms - DAY_MS), work.moment.now_ms).party
    first, last = (aggregate_id(FAMILY, "party", party, "") for party in ("canary-", old))
    work.database["aggregates"].delete_many({"_id": {"$gte": first.rstrip(":"), "$lt": last}})


JOB = Job(
    name=NAME,
    when=Schedule(every=EVERY_SECONDS),
    inputs=("aggregates/party_report", "job_runs"),
    outputs=("party_log", "events"),
    meaning="Sends a party with a known answer through everything, and looks whether it comes back so.",
    run=run,
    upkeep=True,
)
