"""Ours: with_ours.py <lake> <scratch> [whole days before that of the hour that is added]."""

import json
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.aggregations.day import days
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.tables import SCHEMAS, tables_of
from pipeline.compute import Compute
from pipeline.homes import by_home, home_of
from pipeline.lake import Lake
from pipeline.tables import changed_days, days_of, read_homes, replaced

MANY_EVENTS = 1_500_000
WORKERS = 2


class Home(NamedTuple):
    """A home to make: its parties, the raw files that have anything of them, its present tables."""

    name: str
    parties: tuple[str, ...]
    files: tuple[str, ...]
    before: Mapping[str, str]


class Made(NamedTuple):
    name: str
    files: dict[str, str]
    days: list[str]
    touched: list[str]


def make(home: Home, raw: str, kept: str) -> Made:
    """Make the tables of a home's parties anew, and put them in the place of those that were there."""
    lake, tables = Lake(url=raw), Lake(url=kept)
    parties = set(home.parties)
    events = lake.read_events(home.files, RAW_COLUMNS, parties)
    names = sorted(parties)
    size = max(1, len(parties) * MANY_EVENTS // max(len(events), MANY_EVENTS))
    pieces = [names[start : start + size] for start in range(0, len(names), size)]
    parts = [tables_of(of(events, piece) if len(pieces) > 1 else events) for piece in pieces]
    after = {name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries() for name in SCHEMAS}
    before = {name: tables.read_table(file) for name, file in home.before.items()}
    whole = {name: replaced(before.get(name), table, parties) for name, table in after.items()}
    mine = {name: of(table, names) for name, table in before.items()}
    files = {name: tables.write_table(name, f"home={home.name}", table).name for name, table in whole.items()}
    return Made(home.name, files, days_of(whole), sorted(changed_days(mine, after)))


def of(table: pa.Table, parties: Iterable[str]) -> pa.Table:
    return table.filter(pc.is_in(table.column("party_id").cast(pa.string()), value_set=pa.array(list(parties))))


def report(home: Made, parties: Mapping[str, list[str]], kept: str) -> dict[str, int]:
    """Compute the values of a home's parties."""
    rows = party_reports(read_homes(Lake(url=kept), {home.name: home.files}, parties=parties[home.name]))
    sums = [values["sums"] for values in rows.values()]
    return {"watch_ms": sum(each["watch_ms"] for each in sums), "views": sum(each["views"] for each in sums)}


def day_of(day: str, homes: list[Made], kept: str) -> int:
    """Compute the values of everybody's day."""
    tables = read_homes(Lake(url=kept), {home.name: home.files for home in homes if day in home.days})
    return sum(len(rows) for rows in days(tables, day).values())


class Pipeline:
    """What the jobs do between ingest and publishing, the manifest in memory."""

    def __init__(self, raw: str, kept: str) -> None:
        self._raw, self._kept = raw, kept
        self._lake = Lake(url=raw)
        self._compute = Compute(workers=WORKERS)
        self._homes: dict[str, Made] = {}
        self._files: dict[str, list[str]] = {}
        self.events = 0

    def known(self, names: Iterable[str]) -> tuple[list[str], int]:
        """Note which parties are in some files, as the manifest of ingest says it; returns them and the events."""
        parties: set[str] = set()
        rows = 0
        for name in names:
            found = self._lake.read_raw(name, ["party_id"])["party_id"]
            rows += len(found)
            for party in pc.unique(found.cast(pa.string())).drop_null().to_pylist():
                self._files.setdefault(party, []).append(name)
                parties.add(party)
        self.events += rows
        return sorted(parties), rows

    def count(self, parties: list[str], rows: int) -> dict[str, int]:
        """Make parties anew, and what follows from them."""
        sorted_out = by_home(parties)
        homes = [self._home(name, mine) for name, mine in sorted_out.items()]
        done = self._compute.map(make, homes, self._raw, self._kept, rows=rows)
        self._homes |= {home.name: home for home in done}
        reports = self._compute.map(report, done, sorted_out, self._kept, rows=rows)
        touched = sorted({day for home in done for day in home.touched})
        self._compute.map(day_of, touched, list(self._homes.values()), self._kept, rows=rows)
        return {"days": len(touched), **{name: sum(each[name] for each in reports) for name in ("watch_ms", "views")}}

    def close(self) -> None:
        self._compute.close()

    def _home(self, name: str, parties: list[str]) -> Home:
        files = sorted({file for party in parties for file in self._files[party]})
        before = self._homes[name].files if name in self._homes else {}
        return Home(name, tuple(parties), tuple(files), before)


def ours(raw: str, kept: str) -> dict[str, Any]:
    """Count a whole lake."""
    pipeline = Pipeline(raw, kept)
    parties, rows = pipeline.known(Lake(url=raw).raw_names())
    begins = time.perf_counter()
    answers = pipeline.count(parties, rows)
    seconds = time.perf_counter() - begins
    pipeline.close()
    return {"events": rows, "seconds": seconds, **answers}


def increment(raw: str, kept: str, days_before: int) -> dict[str, Any]:
    """Count what came in some whole days and on the next one until its busiest hour, then this hour."""
    lake = Lake(url=raw)
    by_hour: dict[str, list[str]] = {}
    for name in sorted(lake.raw_names()):
        by_hour.setdefault(name.rpartition("/")[0], []).append(name)
    hours = sorted(by_hour)
    busiest = max(hours[-24:], key=lambda hour: sum(lake.count_rows(name) for name in by_hour[hour]))
    days = sorted({day_in(hour) for hour in hours})
    today = days.index(day_in(busiest))
    since, yesterday = (days[max(0, today - back)] for back in (days_before, 1))
    history = [name for hour in hours if since <= day_in(hour) and hour < busiest for name in by_hour[hour]]
    pipeline = Pipeline(raw, kept)
    begins = time.perf_counter()
    pipeline.count(*pipeline.known(history))
    seconds = time.perf_counter() - begins
    pipeline.close()
    before = pipeline.events
    parties, rows = pipeline.known(by_hour[busiest])
    new = [party for party in parties if home_of(party) >= yesterday]
    old = sorted(set(parties) - set(new))
    told = {"hour_events": rows, "new": added(pipeline, new, rows), "old": added(pipeline, old, rows)}
    return {"events": before, "seconds": seconds, **told}


def day_in(folder: str) -> str:
    """Read the day in the name of an hour's folder, `raw/date=2026-11-23/hour=07`."""
    return folder.split("date=")[1][:10]


def added(pipeline: Pipeline, parties: list[str], rows: int) -> dict[str, Any]:
    """Count some parties anew, and what follows; what that took."""
    wall, cpu = time.perf_counter(), time.process_time()
    days_touched = pipeline.count(parties, rows)["days"]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"parties": len(parties), "days": days_touched, "wall": wall, "cpu": cpu}


if __name__ == "__main__":
    lake_folder, scratch, *more = sys.argv[1:]
    print(json.dumps(increment(lake_folder, scratch, int(more[0])) if more else ours(lake_folder, scratch)))
