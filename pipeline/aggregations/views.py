"""Views: one row a person, party and video, with what was watched of it and how well it played."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations import films
from pipeline.aggregations.quantiles import percentile
from pipeline.aggregations.rows import DIMENSIONS, NONE, Bools, Coded, Ints, Reals, Rows, nullable
from pipeline.aggregations.watch import Beats

VIEW_MS = 3_000
"""An attempt is a view from this much accepted watch on."""
ENGAGED_MS = 30_000
IN_SYNC_MS = 1_000
LONGEST_STALL_MS = 600_000
END_MS = 2_000
"""Who comes this near to the end has completed the film."""
COMPLETE_BINS = 95

COLUMNS = (
    "party_id", "session_id", "video_id", "viewer", *DIMENSIONS, "uploader", "duration_ms", "at",
    "is_view", "engaged", "watched", "beats", "synced_ms", "in_sync_ms", "drift_p95", "started", "failed", "ebvs",
    "startup_ms", "stalls", "stall_ms", "seeks", "height", "percent", "completed", "coverage", "furthest", "smoothness",
    "experience",
)  # fmt: skip
_VIEWER_EVENTS = tuple(
    f"view.{name}" for name in ("started", "watched", "stalled", "sought", "failed", "ended", "quality")
)


class Viewed(NamedTuple):
    """The views, and what else is made of their pieces."""

    table: pd.DataFrame
    films: pd.DataFrame


class _Keys(NamedTuple):
    """Which view each row and each heartbeat belongs to."""

    of_row: Ints
    """For all rows, `NONE` where there is none."""
    group: Ints
    """By view, its (party, session)."""
    video: Ints
    film: Ints


def views(rows: Rows, beats: Beats, video: Coded) -> Viewed:
    """Make one row an attempt, columns `COLUMNS`, times in ms; and the table of `films.film_days`."""
    keys = _keys(rows, video)
    n = len(keys.group)
    facts = films.film_facts(rows, video)
    length = facts.length_of(keys.film)
    view_of_beat = keys.of_row[beats.place]
    watched = _sum(view_of_beat, beats.accepted, n)
    found = films.pieces(rows, beats, view_of_beat, np.append(length, NONE)[view_of_beat])
    played = films.plays(found, n)
    table = _named(rows, keys, video)
    table["at"] = _times(rows, keys, beats, view_of_beat)
    table["is_view"] = watched >= VIEW_MS
    table["engaged"] = (watched >= ENGAGED_MS) | ((length != NONE) & (2 * watched >= length))
    table["engaged"] &= table["is_view"]
    table["watched"], table["beats"] = watched, _sum(view_of_beat, np.ones_like(beats.accepted), n)
    _add_sync(table, beats, view_of_beat, n)
    _add_quality(table, rows, keys, n)
    _add_coverage(table, found, played, length)
    _add_scores(table)
    table["uploader"] = facts.uploaders.words(facts.uploader_of(keys.film))
    table["duration_ms"] = nullable(length)
    return Viewed(table[list(COLUMNS)], films.film_days(table, played))


def _keys(rows: Rows, video: Coded) -> _Keys:
    chosen = np.flatnonzero(rows.is_kind(*_VIEWER_EVENTS) & rows.has_session & (video.codes != NONE))
    width = max(1, len(video.names))
    key, of_chosen = np.unique(rows.group[chosen] * width + video.codes[chosen], return_inverse=True)
    of_row = np.full(len(rows), NONE)
    of_row[chosen] = of_chosen
    group, code = key // width, key % width
    party = rows.party.codes[rows.starts[group]] if len(group) else group
    return _Keys(of_row, group, code, party * width + code)


def _named(rows: Rows, keys: _Keys, video: Coded) -> pd.DataFrame:
    start = rows.starts[keys.group]
    found = {
        "party_id": rows.party.names[rows.party.codes[start]],
        "session_id": rows.session_name.names[rows.session_name.codes[start]],
        "video_id": video.names[keys.video],
        "viewer": rows.viewer.words(rows.session_viewer()[keys.group]),
    }
    return pd.DataFrame(found | {name: words[keys.group] for name, words in rows.dimensions.items()}, dtype="object")


def _times(rows: Rows, keys: _Keys, beats: Beats, view_of_beat: Ints) -> Ints:
    """Date each view by its first heartbeat, an attempt without one by its first event."""
    n = len(keys.group)
    first_row = _first(keys.of_row, n)
    first_beat = _first(view_of_beat, n)
    at = rows.at_ms[np.minimum(first_row, len(rows) - 1)] if len(rows) else first_row
    has_beat = first_beat < len(view_of_beat)
    at[has_beat] = beats.at_ms[first_beat[has_beat]]
    return at


def _add_sync(table: pd.DataFrame, beats: Beats, view: Ints, n: int) -> None:
    known = ~np.isnan(beats.drift) & (view != NONE)
    near = known & (beats.drift <= IN_SYNC_MS)
    table["synced_ms"] = _sum(view[known], beats.accepted[known], n)
    table["in_sync_ms"] = _sum(view[near], beats.accepted[near], n)
    table["drift_p95"] = percentile(view[known], beats.drift[known], n, 0.95)


def _add_quality(table: pd.DataFrame, rows: Rows, keys: _Keys, n: int) -> None:
    stall = rows.whole("stall_ms")
    stalled = rows.is_kind("view.stalled") & (stall > 0)
    startup = rows.whole("startup_ms")
    table["started"] = _any(keys.of_row[rows.is_kind("view.started", "view.watched")], n)
    table["failed"] = _any(keys.of_row[rows.is_kind("view.failed")], n)
    table["ebvs"] = ~table["started"] & ~table["failed"]
    table["startup_ms"] = _pick(keys.of_row, rows.is_kind("view.started") & (startup != NONE), startup, n, last=False)
    table["stalls"] = _count(keys.of_row[stalled], n)
    table["stall_ms"] = _sum(keys.of_row[stalled], np.minimum(stall[stalled], LONGEST_STALL_MS), n)
    table["seeks"] = _count(keys.of_row[rows.is_kind("view.sought")], n)
    height = rows.whole("height")
    table["height"] = _pick(keys.of_row, height != NONE, height, n, last=True)


def _add_coverage(table: pd.DataFrame, found: films.Pieces, played: np.ndarray, length: Ints) -> None:
    known = table["is_view"].to_numpy() & (length != NONE)
    furthest = np.full(len(table), NONE)
    np.maximum.at(furthest, found.view, found.ends)
    ended = (furthest != NONE) & (furthest >= length - END_MS)
    table["percent"] = np.where(known, table["watched"] / np.maximum(length, 1), np.nan)
    table["completed"] = known & ((films.longest_run(played > 0) >= COMPLETE_BINS) | ended)
    table["coverage"] = np.where(known, (played > 0).sum(axis=1) / films.BINS, np.nan)
    table["furthest"] = nullable(furthest)


def _add_scores(table: pd.DataFrame) -> None:
    """Score how a view felt: start-up and smoothness as Mux has them, sync of our own; each from 0 to 100."""
    all_ms = table["stall_ms"] + table["watched"]
    ratio = np.where(all_ms > 0, table["stall_ms"] / np.maximum(all_ms, 1), 0.0)
    smooth = (100 / np.sqrt(1 + (table["stalls"] / 2) ** 2) + 100 * np.exp(-10 * ratio)) / 2
    table["smoothness"] = smooth.where(table["is_view"])
    startup = startup_score(table["startup_ms"].to_numpy(dtype="float64", na_value=np.nan))
    sync = 100 * np.exp(-table["drift_p95"].to_numpy(dtype="float64") / 1000 / 2)
    parts = np.vstack([startup, table["smoothness"].to_numpy(dtype="float64"), sync])
    known = ~np.isnan(parts)
    lowest = np.where(known, parts, np.inf).min(axis=0, initial=np.inf)
    mean = np.where(known, parts, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    felt = np.where(known.any(axis=0), 0.5 * lowest + 0.5 * mean, np.nan)
    felt = np.where(table["failed"], 0.0, np.where(table["is_view"], felt, np.nan))
    table["experience"] = felt


def startup_score(startup_ms: Reals) -> Reals:
    """Score the time to the first frame: 100·8/(8+s), as Mux does; 2 s are 80."""
    return 100 * 8 / (8 + startup_ms / 1000)


def _sum(view: Ints, values: Ints, n: int) -> Ints:
    good = view != NONE
    return np.bincount(view[good], weights=values[good], minlength=n).astype("int64")


def _count(view: Ints, n: int) -> Ints:
    return np.bincount(view[view != NONE], minlength=n)


def _any(view: Ints, n: int) -> Bools:
    return _count(view, n) > 0


def _first(view: Ints, n: int) -> Ints:
    """Find where each view comes first; the length of `view` where it does not."""
    place = np.full(n, len(view))
    good = np.flatnonzero(view != NONE)[::-1]
    place[view[good]] = good  # of several writes to one place the last stays, which is the first row
    return place


def _pick(view: Ints, chosen: Bools, values: Ints, n: int, *, last: bool) -> pd.arrays.IntegerArray:
    """Take each view's first or last chosen value, in the order of the rows."""
    place = np.flatnonzero(chosen & (view != NONE))
    place = place if last else place[::-1]
    found = np.full(n, NONE)
    found[view[place]] = values[place]
    return nullable(found)
