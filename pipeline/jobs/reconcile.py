"""The job `reconcile`: MongoDB = lake = figures, or a word about what differs."""

from typing import Any

import msgspec

from conf import logs
from pipeline.jobs.job import Job, Outcome, Step, Work
from pipeline.lake import Lake
from pipeline.live_totals import LiveFound, live_found
from pipeline.reconciling import DayFound, TotalFound, day_found, totals_found
from pipeline.schedule import HOUR, Schedule
from pipeline.slots import DAY_MS, SLOT_MS, day_of, days_between
from store.event_days import EventDays
from store.job_runs import JobRuns

NAME = "reconcile"
DAYS = 8
"""Events come up to seven days late, so figures of a day can change for that long."""
TOTAL_DAYS = 6
"""Logs leave for the archive a week after their party's end; before that all of a day's messages are in the log."""
QUIET_MS = 3 * SLOT_MS
"""The newest minutes are on their way."""
FINAL_MS = 3_600_000
LOOKS = 3

log = logs.get("pipeline.reconcile")


def run(work: Work) -> Outcome:
    """Compare the days in which something may change, and those before that were never found in order.

    A difference is told, in the outcome, as a metric and in the log; it is no failure of the job. Live counts are a metric of
    their own: they may differ for reasons that are none of the figures' (`pipeline.live_totals`).
    """
    last = _last(work)
    lake, until_ms = work.place.open_lake(), work.moment.complete_ms - QUIET_MS
    days = _days(work, last)
    found: list[DayFound] = []
    for number, day in enumerate(days, start=1):
        found.append(_looked(work, lake, day, until_ms, last.get("files", {}).get(day)))
        work.progress(Step(NAME, "days", number, len(days)))
    totals = [one for day in found for one in _totals(work, day)]
    live = [one for day in found for one in _live(work, day)]
    differing = [one for one in found if one.difference or one.bad_files]
    wrong = [one for one in totals if one.difference]
    difference = sum(one.difference + len(one.bad_files) for one in found) + sum(one.difference for one in wrong)
    for one in differing:
        log.error("MongoDB and the lake differ", **_told(one))
    for total in wrong:
        log.error("log and figures differ", difference=total.difference, **msgspec.to_builtins(total))
    in_order = {one.day for one in found if one.settled and _is_over(one.day, until_ms)}
    return Outcome(
        slots=len(found),
        rows=sum(one.rows for one in found),
        gauges={
            "pipeline.reconcile_difference": float(difference),
            "pipeline.live_difference": float(sum(one.difference for one in live)),
        },
        told={
            "difference": difference,
            "days": {one.day: _told(one) for one in found},
            "totals": [msgspec.to_builtins(one) for one in totals],
            "live": [msgspec.to_builtins(one) for one in live],
            "files": {one.day: one.digest for one in found if not one.bad_files},
            "in_order": sorted(in_order | (set(last.get("in_order", ())) - set(days))),
        },
    )


def _looked(work: Work, lake: Lake, day: str, until_ms: float, known: str | None) -> DayFound:
    """Compare a day; where something differs, again: it may just have been changed between two looks."""
    found = day_found(work.database, lake, day, until_ms, known=known)
    for _ in range(LOOKS - 1):
        if not found.difference and not found.bad_files:
            break
        found = day_found(work.database, lake, day, until_ms, known=known)
    return found


def _days(work: Work, last: dict[str, Any]) -> list[str]:
    now_ms = work.moment.now_ms
    recent = list(days_between(now_ms - (DAYS - 1) * DAY_MS, now_ms + 1))
    there, in_order = EventDays(work.database).days(), set(last.get("in_order", ()))
    return [*(day for day in there if day < recent[0] and day not in in_order), *recent]


def _totals(work: Work, found: DayFound) -> list[TotalFound]:
    """Compare the totals of a day that is final, and whose parties are not archived yet."""
    if not _is_final(work, found) or found.day < day_of(work.moment.now_ms - TOTAL_DAYS * DAY_MS):
        return []
    return totals_found(work.database, found.day, found.set_aside)


def _live(work: Work, found: DayFound) -> list[LiveFound]:
    """Compare what nodes counted of a day that is final."""
    return live_found(work.database, found.day) if _is_final(work, found) else []


def _is_final(work: Work, found: DayFound) -> bool:
    """Whether a day is over, taken in, and was found in order itself."""
    in_order = not found.open and not found.difference
    return in_order and _is_over(found.day, work.moment.complete_ms - FINAL_MS)


def _is_over(day: str, now_ms: float) -> bool:
    return day < day_of(now_ms)


def _last(work: Work) -> dict[str, Any]:
    """Read what the last run found."""
    runs = JobRuns(work.database).latest(NAME, 8)
    return next((run_.outcome for run_ in runs if run_.state == "done" and "in_order" in run_.outcome), {})


def _told(found: DayFound) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told


JOB = Job(
    name=NAME,
    when=Schedule(every=HOUR, at="00:07"),
    inputs=("party_log", "events", "job_runs", "lake/raw", "aggregates"),
    outputs=("job_runs",),
    meaning="Compares MongoDB, the lake and the figures, event by event, and tells what differs.",
    run=run,
    upkeep=True,
)
