"""The recount by DuckDB: the SQL beside this file over a raw lake, in its own database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.oracle.recount_scopes import Figures, Scope

SQL = Path(__file__).parent / "sql"
BASE = ("1_events", "2_sessions", "3_presence", "4_parties", "5_views")
SCOPES = ("6_members", "7_sums", "8_people", "9_concurrency")
PERCENTS = (50, 95, 99)


class Oracle:
    """A lake that DuckDB counts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, *names: str) -> None:
        """Run files of SQL, in order."""
        for name in names:
            self._connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(question).fetchall()

    def figures(self) -> dict[Scope, Figures]:
        """Count all scopes, and give what they come to; the whole may be large."""
        self.run(*BASE, *SCOPES, "quantiles", "films", "active", "by")
        found: dict[Scope, Figures] = {}
        for table in ("scoped_cells", "scoped_hours", "attendance", "gatherings", "lives", "active"):
            self._take_sums(table, found)
        for family, subject, day, who, people in self.ask(
            'select family, subject, "day", who, list(viewer) from people group by all'
        ):
            _of(found, family, subject, day).people[who] = set(people)
        for family, subject, day, of, _, quantiles in self.ask("from quantiles"):
            _of(found, family, subject, day).quantiles[of] = dict(zip(PERCENTS, quantiles, strict=True))
        for family, subject, day, video, bins in self.ask(
            """select family, subject, "day", video_id, list((bin, plays, people) order by bin)
            from scoped_bins group by all"""
        ):
            _of(found, family, subject, day).films[video] = _drawn(bins)
        for row in self._rows("by_cells"):
            into = _of(found, row.pop("family"), row.pop("subject"), row.pop("day"))
            into.by[row.pop("dimension"), row.pop("word")] = row
        return found

    def _rows(self, table: str) -> Iterator[dict[str, Any]]:
        answer = self._connection.execute(f"from {table}")
        names = [column[0] for column in answer.description or ()]
        for values in answer.fetchall():
            yield dict(zip(names, values, strict=True))

    def _take_sums(self, table: str, found: dict[Scope, Figures]) -> None:
        for row in self._rows(table):
            into = _of(found, row.pop("family"), row.pop("subject"), row.pop("day"))
            hour = row.pop("hour", None)
            peak = row.pop("peak", None) or 0
            into.peak = max(into.peak, peak)
            for name, value in row.items():
                into.sums[name] += value or 0
                if hour is not None:
                    into.hours[name][hour] += value or 0
            if hour is not None:
                into.hours["peak"][hour] = max(into.hours["peak"][hour], peak)


def _of(found: dict[Scope, Figures], family: str, subject: str, day: int | None) -> Figures:
    window = "all" if day is None else f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
    return found.setdefault((family, subject, window), Figures())


def _drawn(bins: list[tuple[int, int, int]]) -> tuple[list[int], list[int]]:
    plays, people = [0] * 100, [0] * 100
    for number, (first, count, heads) in enumerate(bins):
        until = bins[number + 1][0] if number + 1 < len(bins) else 100
        plays[first:until], people[first:until] = [count] * (until - first), [heads] * (until - first)
    return plays, people


@contextmanager
def oracle(lake: Path | str, *, folder: Path | None = None, threads: int = 2, memory: str = "6GB") -> Iterator[Oracle]:
    """Open an oracle over a lake; with `folder` it keeps there what memory does not hold."""
    settings: dict[str, Any] = {"threads": threads, "memory_limit": memory, "preserve_insertion_order": False}
    place = ":memory:" if folder is None else str(folder / "oracle.duckdb")
    with duckdb.connect(place, config=settings) as connection:
        connection.execute("set variable lake = $1", [str(lake)])
        yield Oracle(connection)
