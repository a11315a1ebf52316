"""The job `people`: what users saw and did → active users, lifecycle, cohorts, funnel and forecast, one row a day."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.aggregations import funnel, user_days
from pipeline.aggregations.people_day import VERSION, people_day
from pipeline.jobs import people_steps
from pipeline.jobs.job import Job, Outcome, Step, Work
from pipeline.jobs.rows import LATE_DAYS, WHOLE, days_to_compute, number, people_s_homes, read_columns, row
from pipeline.lake import Lake
from pipeline.schedule import HOUR, Schedule
from pipeline.slots import DAY_MS, day_of
from store.aggregates import AggregatesWriter, aggregate_id
from store.home_tables import Files
from store.job_runs import JobRuns
from store.owed import Owed

NAME = "people"
FAMILY = "people_day"
LOOK_AT_ALL_MS = 3 * 3_600_000
"""The first run of a day after 03:00 looks at all raw files there are, not just at those of today and yesterday: hours that
were packed, and people who were taken out of them."""
RUNS_OF_A_DAY = 30
DAYS_OF_A_BATCH = 16
LONGEST_MS = sum(step.within_ms for step in funnel.STEPS)


def run(work: Work) -> Outcome:
    """Compute the days that may have changed since the last time, up to today, whose row is provisional."""
    database, lake = work.database, work.place.open_lake()
    today = day_of(work.moment.complete_ms)
    whole = work.span.again or not _looked_at_all(work, today)
    received = people_steps.changed(work, "" if whole else people_steps.recent(work.moment.complete_ms))
    debts = Owed(database)
    owed = debts.to(NAME)
    days, happened = known(lake, people_s_homes(database), people_steps.read(lake, database))
    changed = [number(debt.subject) for debt in owed] + [number(day) - LATE_DAYS + 1 for day in received]
    published = _publish(work, days, happened, number(today), changed)
    debts.settle(NAME, owed)
    return Outcome(slots=1, rows=published, told={"looked_at_all": today if whole and _is_time(work) else None})


def known(lake: Lake, homes: Mapping[str, Files], steps: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the user days, and the steps of the funnel with those that tables tell: joined and hosted.

    In the user days people are numbers: who they are does not matter, and numbers are sorted ten times as fast as words.
    """
    registered = steps[steps["step"] == "registered"].groupby("viewer")["at"].min()
    seen: list[pd.DataFrame] = []
    happened = [steps]
    for _, files in sorted(homes.items()):
        seen.append(user_days.user_days(read_columns(lake, files["views"], user_days.NEEDED)))
        joined = read_columns(lake, files["presence"], ("viewer", "start")).set_axis(["viewer", "at"], axis=1)
        hosted = read_columns(lake, files["parties"], ("host", "first_started")).set_axis(["viewer", "at"], axis=1)
        happened += [_of_new(joined, registered, "joined"), _of_new(hosted, registered, "hosted")]
    days = user_days.united(seen)
    return days.assign(viewer=pd.factorize(days["viewer"], sort=True)[0]), pd.concat(happened, ignore_index=True)


def _of_new(rows: pd.DataFrame, registered: pd.Series, step: str) -> pd.DataFrame:
    """Make steps of rows, as far as they can matter to the funnel: of users who registered not too long before."""
    at = rows["at"].astype("float64").to_numpy()
    since = at - rows["viewer"].map(registered).astype("float64").to_numpy()
    chosen = np.flatnonzero((since >= 0) & (since <= LONGEST_MS))
    return pd.DataFrame({"viewer": rows["viewer"].to_numpy()[chosen], "step": step, "at": at[chosen].astype("int64")})


def _publish(work: Work, days: pd.DataFrame, happened: pd.DataFrame, today: int, changed: list[int]) -> int:
    """Publish the rows of the days that are due; rows from before the first day on which anything is known go."""
    writer = AggregatesWriter(work.database)
    begun = [int(days["day"].min())] if len(days) else []
    begun += [int(happened["at"].min() // DAY_MS)] if len(happened) else []
    first = min(begun, default=today + 1)
    due = days_to_compute(work, FAMILY, first, today, changed)
    published = writer.remove(
        [
            aggregate_id(FAMILY, "platform", WHOLE, day)
            for day in writer.windows_after(FAMILY, "")
            if number(day) < first
        ]
    )
    for start in range(0, len(due), DAYS_OF_A_BATCH):
        batch = due[start : start + DAYS_OF_A_BATCH]
        rows = [
            row(FAMILY, day_of(day * DAY_MS), VERSION, _values(work, days, happened, day), work.moment) for day in batch
        ]
        published += writer.publish(rows)
        work.progress(Step(NAME, "days", start + len(batch), len(due)))
    return published


def _values(work: Work, days: pd.DataFrame, happened: pd.DataFrame, day: int) -> dict[str, Any]:
    return people_day(days, happened, day, work.moment.complete_ms)


def _is_time(work: Work) -> bool:
    return work.moment.now_ms % DAY_MS >= LOOK_AT_ALL_MS


def _looked_at_all(work: Work, today: str) -> bool:
    """Whether a run of today has looked at all raw files, or it is too early for that."""
    runs = JobRuns(work.database).latest(NAME, RUNS_OF_A_DAY)
    if not any(run.state == "done" for run in runs):
        return False
    return not _is_time(work) or any(run.outcome.get("looked_at_all") == today for run in runs)


JOB = Job(
    name=NAME,
    when=Schedule(every=HOUR),
    schedule="a day is final with the first run an hour after its end",
    inputs=("lake/tables", "lake/raw"),
    outputs=("lake/tables", "aggregates/people_day"),
    meaning="Counts active users, where they came from, whether they stay, and forecasts how many there will be.",
    run=run,
)
