"""Figures of scopes: the `values` of aggregates, from which every metric of every range follows by addition.

What is published are not the metrics but what they are made of: sums, hours, sets of people, histograms. Parts of any days
are put together by `store.figures`, and only then divided; so a range's ratio is never a mean of days' ratios.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pipeline.aggregations.concurrency import integral, levels, measure, peaks
from pipeline.aggregations.hours import HOUR_MS
from pipeline.aggregations.parties import while_live
from pipeline.aggregations.quantiles import bucket_of
from pipeline.aggregations.rows import DIMENSIONS, Ints, Words
from pipeline.aggregations.scopes import SUBJECT, Scoped, Tables
from pipeline.aggregations.views import startup_score
from store import sketches

HOURS = 24
_VIEW_SUMS = (
    "views", "engaged_views", "percent_sum", "percent_n", "completed", "q25", "q50", "q75", "q95", "films_n", "attempts",
    "started", "failed", "ebvs", "startup_n", "startup_score_sum", "smooth_sum", "smooth_n", "experience_sum", "experience_n",
)  # fmt: skip
_WATCH_SUMS = ("watch_ms", "beats", "synced_ms", "in_sync_ms", "stalls", "stall_ms")
_DIMENSION_SUMS = {
    **{name: name for name in _VIEW_SUMS},
    "watch_ms": "watched",
    **{name: name for name in ("synced_ms", "in_sync_ms", "stalls", "stall_ms")},
}
"""What is summed up by dimension, and from which column of the views."""
REALS = frozenset({"percent_sum", "startup_score_sum", "smooth_sum", "experience_sum"})
LISTED = 50
"""Values of a dimension that are told apart; what is rarer is `other`."""
OTHER = "other"

Values = dict[str, dict[str, Any]]
"""`values` by subject."""


class Subjects:
    """The subjects of scoped tables, as numbers in the order of their names."""

    def __init__(self, scoped: Scoped) -> None:
        there = np.zeros(len(scoped.names), dtype=bool)
        for table in scoped.tables.values():
            there[table[SUBJECT].to_numpy()] = True
        self.names = [name for name, known in zip(scoped.names, there.tolist(), strict=True) if known]
        """Those who have any row: also who has nothing but a party."""
        self._places = np.cumsum(there) - 1

    def __len__(self) -> int:
        return len(self.names)

    def codes(self, table: pd.DataFrame) -> Ints:
        found: Ints = self._places[table[SUBJECT].to_numpy()]
        return found

    def sums(self, table: pd.DataFrame, columns: Iterable[str]) -> dict[str, np.ndarray]:
        """Add columns up by subject: whole numbers exactly, reals in the order of the rows, which is always the same."""
        codes = self.codes(table)
        found = {}
        for name in columns:
            added = np.bincount(codes, weights=table[name].to_numpy("float64"), minlength=len(self))
            found[name] = added if name in REALS else np.rint(added).astype("int64")
        return found

    def by_hour(self, codes: Ints, at: Ints, weights: Ints | None = None) -> np.ndarray:
        """Add up by subject and hour of the UTC day: an array [subjects, 24]."""
        place = codes * HOURS + at // HOUR_MS % HOURS
        added = np.bincount(place, weights=weights, minlength=len(self) * HOURS)
        return np.rint(added).astype("int64").reshape(len(self), HOURS)


def figures(scoped: Scoped, *, dimensions: bool) -> Values:
    """Compute the `values` of each subject; with `dimensions` those of a day, broken down too."""
    subjects, tables = Subjects(scoped), scoped.tables
    if not len(subjects):
        return {}
    views, voices = measured(tables["views"]), tables["voices"]
    watch = tables["watch"].rename(columns={"watched": "watch_ms"})
    sums = subjects.sums(views, _VIEW_SUMS) | subjects.sums(watch, _WATCH_SUMS)
    said = {kind: voices[voices["kind"] == kind] for kind in ("chat", "reaction")}
    sums["chat_messages"] = np.bincount(subjects.codes(said["chat"]), minlength=len(subjects))
    sums["reactions"] = np.bincount(subjects.codes(said["reaction"]), minlength=len(subjects))
    sums["drift_n"] = subjects.sums(tables["drift"], ["count"])["count"]
    present = tables["presence"]
    sessions = present.drop_duplicates([SUBJECT, "party_id", "session_id"])
    sums["sessions"] = np.bincount(subjects.codes(sessions), minlength=len(subjects))
    live = tables["windows"].drop_duplicates([SUBJECT, "party_id"])
    sums["parties"] = np.bincount(subjects.codes(live), minlength=len(subjects))
    level = _concurrency(tables, subjects)
    sums |= {name: level[name].sum(axis=1) for name in ("viewer_ms", "cowatch_ms", "live_ms")}
    people = {
        "viewers": _people(subjects, _hour_pieces(present, "start", "end"), "start"),
        "chatters": _people(subjects, said["chat"], "at"),
        "reactors": _people(subjects, said["reaction"], "at"),
    }
    histograms = {
        "drift_ms": _histograms(subjects, tables["drift"]),
        "startup_ms": _histograms(subjects, _startups(views)),
    }
    codes, hour = subjects.codes(watch), watch["hour"].to_numpy("int64")
    by_hour = {
        **{name: subjects.by_hour(codes, hour, watch[name].to_numpy("int64")) for name in _WATCH_SUMS},
        "views": _hours_of(subjects, views[views["is_view"]]),
        "attempts": _hours_of(subjects, views),
        "failed": _hours_of(subjects, views[views["failed"]]),
        "chat_messages": _hours_of(subjects, said["chat"]),
        "reactions": _hours_of(subjects, said["reaction"]),
        **{name: level[name] for name in ("viewer_ms", "cowatch_ms", "live_ms", "peak")},
    }
    by = _by_dimension(subjects, views) if dimensions else None
    found: Values = {}
    for place, subject in enumerate(subjects.names):
        found[subject] = {
            "sums": {name: added[place].item() for name, added in sums.items()},
            "people": {name: sets[place] for name, sets in people.items()},
            "sketches": {name: parts[place] for name, parts in histograms.items()},
            "hours": {name: added[place].tolist() for name, added in by_hour.items()},
        }
        if by is not None:
            found[subject]["by"] = by[place]
    return found


def measured(views: pd.DataFrame) -> pd.DataFrame:
    """Add to the views the columns that are summed up."""
    lengthy = views["percent"].notna()
    covered = views["coverage"].fillna(0.0).to_numpy("float64")
    startup = views["startup_ms"].to_numpy("float64", na_value=np.nan)
    found = views.assign(
        views=views["is_view"],
        engaged_views=views["engaged"],
        percent_sum=views["percent"].fillna(0.0),
        percent_n=lengthy,
        films_n=lengthy,
        attempts=1,
        startup_n=~np.isnan(startup),
        startup_score_sum=np.nan_to_num(startup_score(startup)),
        smooth_sum=views["smoothness"].fillna(0.0),
        smooth_n=views["smoothness"].notna(),
        experience_sum=views["experience"].fillna(0.0),
        experience_n=views["experience"].notna(),
    )
    for share in (25, 50, 75, 95):
        found[f"q{share}"] = lengthy & (covered >= share / 100)
    return found


def _concurrency(tables: Tables, subjects: Subjects) -> dict[str, np.ndarray]:
    """Sweep presence within live windows by subject and hour, and by party for who watched together: arrays [subjects, 24]."""
    windows = tables["windows"]
    alive = windows[["party_id", "opens", "closes"]].drop_duplicates()
    pieces = _hour_pieces(while_live(tables["presence"], alive), "start", "end")
    size, shape = len(subjects) * HOURS, (len(subjects), HOURS)
    subject = subjects.codes(pieces)
    hour = pieces["start"].to_numpy("int64") // HOUR_MS
    starts, ends = pieces["start"].to_numpy("int64"), pieces["end"].to_numpy("int64")
    # Several days may stand in a scope (a whole party): each hour of the clock is swept by itself, then hours of days add up.
    scope, of_scope = np.unique(subject * 10**7 + hour, return_inverse=True) if len(pieces) else (hour, hour)
    cell = scope // 10**7 * HOURS + scope % 10**7 % HOURS
    steps = levels(of_scope, starts, ends)
    found = {"viewer_ms": _add(cell, integral(steps, len(scope)), size).reshape(shape)}
    peak = np.zeros(size, dtype="int64")
    np.maximum.at(peak, cell, peaks(steps, len(scope)))
    found["peak"] = peak.reshape(shape)
    together, of_party = np.unique(of_scope * (10**6) + pd.factorize(pieces["party_id"])[0], return_inverse=True)
    both = integral(levels(of_party, starts, ends), len(together), at_least=2)
    found["cowatch_ms"] = (
        _add(cell[together // 10**6], both, size).reshape(shape) if len(together) else peak.reshape(shape)
    )
    live = _hour_pieces(windows, "opens", "closes")
    key = subjects.codes(live) * 10**7 + live["opens"].to_numpy("int64") // HOUR_MS
    scope, of_scope = np.unique(key, return_inverse=True)
    open_ms = measure(levels(of_scope, live["opens"].to_numpy("int64"), live["closes"].to_numpy("int64")), len(scope))
    found["live_ms"] = _add(scope // 10**7 * HOURS + scope % 10**7 % HOURS, open_ms, size).reshape(shape)
    return found


def _add(cell: Ints, values: Ints, size: int) -> Ints:
    return np.rint(np.bincount(cell, weights=values, minlength=size)).astype("int64")


def _hour_pieces(table: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Cut intervals at the full hours."""
    starts, ends = table[first].to_numpy("int64"), table[last].to_numpy("int64")
    held = ends > starts
    table, starts, ends = table[held], starts[held], ends[held]
    hours = (ends - 1) // HOUR_MS - starts // HOUR_MS + 1
    place = np.repeat(np.arange(len(table)), hours)
    number = np.arange(len(place)) - np.repeat(np.cumsum(hours) - hours, hours)
    opens = (starts[place] // HOUR_MS + number) * HOUR_MS
    cut = table.iloc[place].reset_index(drop=True)
    return cut.assign(**{first: np.maximum(opens, starts[place]), last: np.minimum(opens + HOUR_MS, ends[place])})


def _hours_of(subjects: Subjects, table: pd.DataFrame) -> np.ndarray:
    return subjects.by_hour(subjects.codes(table), table["at"].to_numpy("int64"))


def _people(subjects: Subjects, table: pd.DataFrame, when: str) -> list[dict[str, Any]]:
    """Make each subject's set of people, with the hours in which they were there."""
    viewer, names = _numbered(table["viewer"])
    return _crowds(subjects.codes(table), len(subjects), viewer, names, table[when].to_numpy("int64"))


def _crowds(group: Ints, groups: int, viewer: Ints, names: Words, at: Ints) -> list[dict[str, Any]]:
    """Make the set of people of each group, each with the bits of the hours of their rows; `viewer` are places in `names`."""
    known = viewer >= 0
    key = group[known] * max(1, len(names)) + viewer[known]
    order = np.argsort(key, kind="stable")
    bit = np.left_shift(1, at[known][order] // HOUR_MS % HOURS)
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    pairs = key[order][starts]
    masks = np.bitwise_or.reduceat(bit, starts).tolist() if len(pairs) else []
    found: list[list[tuple[str, int]]] = [[] for _ in range(groups)]
    for pair, mask in zip(pairs.tolist(), masks, strict=True):
        found[pair // len(names)].append((names[pair % len(names)], mask))
    return [sketches.people(crowd) for crowd in found]


def _numbered(words: pd.Series) -> tuple[Ints, Words]:
    """Give the place of each word among all, in order; -1 where there is none."""
    found: tuple[Ints, Words] = pd.factorize(words.to_numpy(dtype=object), sort=True)
    return found


def _startups(views: pd.DataFrame) -> pd.DataFrame:
    known = views[views["startup_ms"].notna()]
    return known[[SUBJECT]].assign(bucket=bucket_of(known["startup_ms"].to_numpy("float64")), count=1)


def _histograms(subjects: Subjects, counted: pd.DataFrame) -> list[dict[str, Any]]:
    added = counted.groupby([SUBJECT, "bucket"], sort=True)["count"].sum().reset_index()
    found: list[dict[str, int]] = [{} for _ in subjects.names]
    for code, bucket, count in zip(
        subjects.codes(added), added["bucket"].tolist(), added["count"].tolist(), strict=True
    ):
        found[code][str(bucket)] = count
    return [{"counts": counts} for counts in found]


def _by_dimension(subjects: Subjects, views: pd.DataFrame) -> list[dict[str, Any]]:
    """Break the views of each subject down by what they were watched with and from where."""
    found: list[dict[str, Any]] = [{name: {} for name in DIMENSIONS} for _ in subjects.names]
    subject, at = subjects.codes(views), views["at"].to_numpy("int64")
    viewer, people = _numbered(views["viewer"])
    columns = {name: views[source].to_numpy("float64") for name, source in _DIMENSION_SUMS.items()}
    for name in DIMENSIONS:
        code, words = _common(*_numbered(views[name]))
        known = code >= 0
        key = subject[known] * len(words) + code[known]
        there = np.bincount(key, minlength=1) > 0
        cells, cell = np.flatnonzero(there), (np.cumsum(there) - 1)[key]
        sums = [_added(column, cell, values[known]) for column, values in columns.items()]
        crowds = _crowds(cell, len(cells), viewer[known], people, at[known])
        for which, crowd, *row in zip(cells.tolist(), crowds, *sums, strict=True):
            found[which // len(words)][name][words[which % len(words)]] = {
                "sums": dict(zip(columns, row, strict=True)),
                "viewers": crowd,
            }
    return found


def _common(code: Ints, words: Words) -> tuple[Ints, Words]:
    """Put what is rare under `other`."""
    if len(words) <= LISTED:
        return code, words
    counts = np.bincount(code[code >= 0], minlength=len(words))
    kept = sorted(range(len(words)), key=lambda place: (-counts[place], words[place]))[:LISTED]
    names = np.array(sorted({words[place] for place in kept} | {OTHER}), dtype=object)
    places = np.full(len(words), np.searchsorted(names, OTHER))
    places[kept] = np.searchsorted(names, words[kept])
    return np.where(code < 0, -1, places[code]), names


def _added(column: str, cell: Ints, values: np.ndarray) -> list[float] | list[int]:
    added = np.bincount(cell, weights=values)
    found: list[float] | list[int] = (added if column in REALS else np.rint(added).astype("int64")).tolist()
    return found
