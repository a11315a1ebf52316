"""The report of each party, family `party_report`: one row a party, window `all`."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations import concurrency
from pipeline.aggregations.day import ALONE
from pipeline.aggregations.figures import Values, figures
from pipeline.aggregations.films import films_by
from pipeline.aggregations.highlights import BIN_MS, FEWEST_PEOPLE, highlights
from pipeline.aggregations.parties import COUNTS, TIMES, while_live
from pipeline.aggregations.presence import TIMEOUT_MS
from pipeline.aggregations.rows import Ints
from pipeline.aggregations.scopes import Tables, by_party, scoped
from pipeline.slots import days_between

VERSION = 2
MINUTE_MS = 60_000
LONGEST = 1_440
"""A day of minutes is drawn with its silent ones; beyond that only the minutes that have something."""
ATTENDANCE = 1_000
"""People whose minutes are listed, those who stayed longest first."""


class _Party(NamedTuple):
    """What is known of one party."""

    row: Any
    live: list[list[int]]
    drawn: concurrency.Curve
    videos: list[str]
    people: list[list[Any]]
    """How long each person was there: [viewer, ms], who stayed longest first."""
    host_left: int | None
    said: Ints
    reacted: Ints
    sync: pd.DataFrame


def party_reports(tables: Tables) -> Values:
    """Compute the values of every party in `tables`, by party id."""
    found = figures(scoped(tables, by_party(tables)), dimensions=False)
    films = films_by(tables["films"]["party_id"].to_numpy(dtype=object), tables["films"])
    loud = _loud(tables)
    for name, party in _parties(tables).items():
        values = found[name]
        values["sums"] |= {figure: int(getattr(party.row, figure)) for figure in _FIGURES}
        values["party"] = _lifecycle(party)
        values["films"] = films.get(name, {})
        values["series"] = _series(party)
        values["lists"] = {"highlights": loud.get(name, []), "attendance": party.people[:ATTENDANCE]}
    return found


_FIGURES = ("joined", "rejoined", "invited", "accepted")
_NOTHING = slice(0, 0)


def _parties(tables: Tables) -> dict[str, _Party]:
    """Cut all tables at once; what a cut costs is paid for each party."""
    parties = tables["parties"]
    index = pd.Index(parties["party_id"], dtype="object")
    live = while_live(tables["presence"], tables["windows"])
    starts, ends = live["start"].to_numpy("int64"), live["end"].to_numpy("int64")
    drawn = concurrency.curves(index.get_indexer(live["party_id"]), starts, ends, len(index))
    windows, voices, sync = (_cuts(tables[name]) for name in ("windows", "voices", "sync"))
    opened = tables["windows"][["opens", "closes"]].to_numpy("int64")
    chat = tables["voices"]["kind"].to_numpy(dtype=object) == "chat"
    at = tables["voices"]["at"].to_numpy("int64")
    videos = _named(tables["views"], "video_id")
    people, left = _people(tables["presence"])
    found = {}
    for place, row in enumerate(parties.itertuples(index=False)):
        name, cut = row.party_id, voices.get(row.party_id, _NOTHING)
        found[name] = _Party(
            row=row,
            live=opened[windows.get(name, _NOTHING)].tolist(),
            drawn=drawn[place],
            videos=videos.get(name, []),
            people=people.get(name, []),
            host_left=left.get((name, row.host)),
            said=at[cut][chat[cut]],
            reacted=at[cut][~chat[cut]],
            sync=tables["sync"].iloc[sync.get(name, _NOTHING)],
        )
    return found


def _cuts(table: pd.DataFrame) -> dict[str, slice]:
    """Tell where each party's rows stand: tables are sorted by party within a home, and a party has one home."""
    names = table["party_id"].to_numpy(dtype=object)
    if not len(names):
        return {}
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1])).tolist()
    return {names[start]: slice(start, stop) for start, stop in pairwise([*starts, len(names)])}


def _named(table: pd.DataFrame, column: str) -> dict[str, list[str]]:
    """List the words of a column by party, each once."""
    found: dict[str, set[str]] = {}
    for party, word in zip(table["party_id"], table[column], strict=True):
        if isinstance(word, str):
            found.setdefault(party, set()).add(word)
    return {party: sorted(words) for party, words in found.items()}


def _people(present: pd.DataFrame) -> tuple[dict[str, list[list[Any]]], dict[tuple[str, object], int]]:
    """Tell of each party how long each person was there, and of each person when they were last there."""
    lengths: dict[str, dict[str, int]] = {}
    left: dict[tuple[str, object], int] = {}
    rows = zip(present["party_id"], present["viewer"], present["start"].tolist(), present["end"].tolist(), strict=True)
    for party, viewer, start, end in rows:
        if isinstance(viewer, str):
            mine = lengths.setdefault(party, {})
            mine[viewer] = mine.get(viewer, 0) + end - start
            left[party, viewer] = max(end, left.get((party, viewer), end))
    ranked = {
        party: [[viewer, length] for viewer, length in sorted(mine.items(), key=lambda one: (-one[1], one[0]))]
        for party, mine in lengths.items()
    }
    return ranked, left


def _loud(tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """Find the highlights of the parties in which enough people ever spoke at once; in the others there can be none."""
    voices = tables["voices"]
    together = voices.assign(bin=voices["at"] // BIN_MS).groupby(["party_id", "bin"])["viewer"].nunique()
    names = together[together >= FEWEST_PEOPLE].index.get_level_values("party_id").unique()
    said, there = _cuts(voices), _cuts(tables["presence"])
    return {
        name: highlights(voices.iloc[said[name]], tables["presence"].iloc[there.get(name, _NOTHING)]) for name in names
    }


def _lifecycle(party: _Party) -> dict[str, Any]:
    """Tell when what happened; times in ms, None where it was not seen."""
    row = party.row
    times = {f"{name}_ms": _moment(getattr(row, name)) for name in ("scheduled", *TIMES)}
    at, viewers = party.drawn
    peak_at = int(at[viewers.argmax()]) if len(at) else None
    started, ended = times["first_started_ms"], times["ended_ms"]
    first_alive, last_alive = _moment(row.first_alive), _moment(row.last_alive)
    days = [] if first_alive is None or last_alive is None else list(days_between(first_alive, last_alive + TIMEOUT_MS))
    return {
        "host_user_id": _user(row.host),
        **times,
        "live": party.live,
        "days": days,
        "peak_at_ms": peak_at,
        "start_delay_ms": _between(times["scheduled_ms"], times["first_played_ms"]),
        "lobby_ms": _between(times["opened_ms"] or times["created_ms"], started),
        "time_to_peak_ms": _between(started, peak_at),
        "host_left_before_end_ms": _between(party.host_left, ended),
        "abandoned": bool(row.peak < ALONE) if ended is not None else None,
        "no_shows": max(0, int(row.invited) - int(row.accepted)),
        "videos": party.videos,
        "controls": {name: int(getattr(row, name)) for name in COUNTS if name not in {"invited", "accepted", "rsvps"}},
    }


def _series(party: _Party) -> dict[str, Any]:
    series = {"concurrent_viewers": {"unit": "count", "points": concurrency.points(party.drawn)}}
    for name, at in (("chat_messages_per_minute", party.said), ("reactions_per_minute", party.reacted)):
        series[name] = {"unit": "count", "points": per_minute(at)}
    slices = party.sync["at"].tolist()
    for name, column in (("drift_p50_ms", "p50"), ("drift_p95_ms", "p95")):
        values = party.sync[column].round(1).tolist()
        series[name] = {"unit": "ms", "points": [list(point) for point in zip(slices, values, strict=True)]}
    return series


def per_minute(at: Ints) -> list[list[int]]:
    """Count moments (ms) per minute of UTC: [start of the minute, how many], in order."""
    if not len(at):
        return []
    minutes = at // MINUTE_MS
    first = int(minutes.min())
    if int(minutes.max()) - first < LONGEST:
        return [
            [(first + place) * MINUTE_MS, count] for place, count in enumerate(np.bincount(minutes - first).tolist())
        ]
    seen, counts = np.unique(minutes, return_counts=True)
    return [[minute * MINUTE_MS, count] for minute, count in zip(seen.tolist(), counts.tolist(), strict=True)]


def _user(viewer: object) -> str | None:
    return viewer[2:] if isinstance(viewer, str) and viewer.startswith("u:") else None


def _moment(at: Any) -> int | None:
    return None if pd.isna(at) else int(at)


def _between(first: int | None, then: int | None) -> int | None:
    return None if first is None or then is None else then - first
