"""The job `anomalies`: the platform's days → figures that are far from what the weekday was, one row a day."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.aggregations.anomalies import Kind, anomalies
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.jobs.rows import days_to_compute, number, row
from pipeline.schedule import Schedule
from pipeline.slots import DAY_MS, day_of
from store.aggregates import AggregatesWriter
from store.figures import figure
from store.metric_definitions import DEFINITIONS

NAME = FAMILY = "anomalies"
VERSION = 1
OF_THE_PLATFORM = (
    "watch_time_ms", "views", "engaged_views", "peak_concurrent_viewers", "chat_messages", "reactions", "parties_created",
    "parties_started", "completion_rate", "average_percentage_viewed", "co_watch_ratio", "in_sync_ratio", "drift_p95_ms",
    "startup_p95_ms", "rebuffer_ratio", "playback_failure_ratio", "exits_before_start_ratio",
)  # fmt: skip
OF_PEOPLE = ("dau", "registered")
READ = {"window": 1, "values.sums": 1, "values.hours.peak": 1, "values.sketches": 1}


def _kind(unit: str) -> Kind:
    return "count" if unit == "count" else "ratio" if unit == "ratio" else "other"


KINDS = {name: _kind(DEFINITIONS[name].unit) for name in OF_THE_PLATFORM} | dict.fromkeys(OF_PEOPLE, _kind("count"))


def run(work: Work) -> Outcome:
    """Look at the days that are over and have no row, or may have changed."""
    table = daily(_read(work, "platform_day"), _read(work, "people_day"), work.moment.complete_ms // DAY_MS - 1)
    due = days_to_compute(work, FAMILY, int(table.index[0]), int(table.index[-1])) if len(table) else []
    rows = [row(FAMILY, day_of(day * DAY_MS), VERSION, values(table, day), work.moment) for day in due]
    return Outcome(slots=len(due), rows=AggregatesWriter(work.database).publish(rows))


def daily(platform: Mapping[int, Any], people: Mapping[int, Any], last: int) -> pd.DataFrame:
    """Make one row for each day from the first up to `last`, a column for each figure; both are values of rows by day.

    A day without a row is one on which nothing happened: its counts are 0, its ratios are not known.
    """
    days = pd.RangeIndex(min(platform, default=last + 1), last + 1)
    figures = {name: [_figure(name, platform.get(day, {})) for day in days] for name in OF_THE_PLATFORM}
    counts = {name: [people.get(day, {}).get("sums", {}).get(name, np.nan) for day in days] for name in OF_PEOPLE}
    return pd.DataFrame(figures | counts, index=days, dtype="float64")


def values(table: pd.DataFrame, day: int) -> dict[str, Any]:
    """Make the values of a day; how many figures were looked at is told, too."""
    found = anomalies(table, day, KINDS)
    looked = int(table.loc[day].notna().sum())
    return {"sums": {"figures": looked}, "lists": {"anomalies": [one | {"day": day_of(day * DAY_MS)} for one in found]}}


def _figure(name: str, of_day: Mapping[str, Any]) -> float:
    value = figure(DEFINITIONS[name], of_day).value
    if value is None:
        return 0.0 if KINDS[name] == "count" or name == "watch_time_ms" else np.nan
    return float(value)


def _read(work: Work, family: str) -> dict[int, Any]:
    rows = work.database["aggregates"].find({"family": family, "kind": "platform"}, READ)
    return {number(found["window"]): found["values"] for found in rows}


JOB = Job(
    name=NAME,
    when=Schedule(at="04:00"),
    schedule="after people",
    inputs=("aggregates/platform_day", "aggregates/people_day"),
    outputs=("aggregates/anomalies",),
    meaning="Lists figures of a day that are far from what the same weekday was lately.",
    run=run,
)
