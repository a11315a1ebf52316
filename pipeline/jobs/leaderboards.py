"""The job `leaderboards`: watch time → the videos and hosts that lead, of 1, 7 and 28 days, one row a day."""

from typing import Any

import pandas as pd

from pipeline.aggregations.leaderboards import leaderboards
from pipeline.aggregations.scopes import CANARY
from pipeline.jobs.job import Job, Outcome, Step, Work
from pipeline.jobs.rows import days_to_compute, number, read_columns, row
from pipeline.schedule import Schedule
from pipeline.slots import DAY_MS, day_of
from store.aggregates import AggregatesWriter
from store.home_tables import Files, HomeTables
from store.owed import Owed

NAME = "leaderboards"
FAMILY = "leaderboard"
VERSION = 1
PERIODS = (28, 7, 1)
"""Days; the first is the one whose lists have the plain names."""
COLUMNS = {
    "watch": ("party_id", "video_id", "viewer", "hour", "watched"),
    "views": ("party_id", "video_id", "at", "is_view", "percent"),
    "parties": ("party_id", "host"),
}


def run(work: Work) -> Outcome:
    """Compute the days that are over and have no row, or may have changed."""
    writer, reader = AggregatesWriter(work.database), _Reader(work)
    days = writer.windows_after("platform_day", "")
    last = work.moment.complete_ms // DAY_MS - 1
    debts = Owed(work.database)
    owed = debts.to(NAME)
    changed = [number(debt.subject) for debt in owed]
    due = days_to_compute(work, FAMILY, number(days[0]), last, changed) if days else []
    published = 0
    for done, day in enumerate(due, start=1):
        tables = reader.tables(day - max(PERIODS) + 1, day)
        published += writer.publish([row(FAMILY, day_of(day * DAY_MS), VERSION, values(tables, day), work.moment)])
        work.progress(Step(NAME, "days", done, len(due)))
    debts.settle(NAME, owed)
    return Outcome(slots=len(due), rows=published)


def values(tables: dict[str, pd.DataFrame], day: int) -> dict[str, Any]:
    """Make the values of the days that end with `day`: `videos`, `hosts`, and the same of 7 days and of 1."""
    lists: dict[str, Any] = {}
    for days in PERIODS:
        found = leaderboards(**tables, from_ms=(day - days + 1) * DAY_MS, to_ms=(day + 1) * DAY_MS)
        suffix = "" if days == PERIODS[0] else f"_{days}d"
        for name, ranked in found.items():
            lists[f"{name}{suffix}"] = ranked["top"]
            lists[f"{name}_unnamed{suffix}"] = ranked["unnamed"]
    return {"sums": {"days": PERIODS[0]}, "lists": lists}


class _Reader:
    """Reads the homes that have rows on any of some days; what one day has read, the next one finds."""

    def __init__(self, work: Work) -> None:
        self._lake = work.place.open_lake()
        self._manifest = HomeTables(work.database)
        self._days: dict[int, dict[str, Files]] = {}
        self._frames: dict[str, pd.DataFrame] = {}

    def tables(self, first: int, last: int) -> dict[str, pd.DataFrame]:
        days = range(first, last + 1)
        self._days = {day: self._days.get(day) or self._manifest.on_day(day_of(day * DAY_MS)) for day in days}
        homes = {home: files for day in days for home, files in self._days[day].items() if home != CANARY}
        names = [files[table] for files in homes.values() for table in COLUMNS]
        self._frames = {name: frame for name, frame in self._frames.items() if name in set(names)}
        return {
            table: pd.concat([_none(columns), *(self._frame(homes[home][table], columns) for home in sorted(homes))])
            for table, columns in COLUMNS.items()
        }

    def _frame(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = read_columns(self._lake, name, columns)
        return self._frames[name]


def _none(columns: tuple[str, ...]) -> pd.DataFrame:
    kinds = {"hour": "int64", "watched": "int64", "at": "int64", "is_view": "bool", "percent": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "object")) for name in columns})


JOB = Job(
    name=NAME,
    when=Schedule(at="04:00"),
    inputs=("lake/tables",),
    outputs=("aggregates/leaderboard",),
    meaning="Ranks videos and hosts by watch time; those that few watched are not named.",
    run=run,
)
