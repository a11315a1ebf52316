"""The report of each party, family `party_report`: one row a party, window `all`."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pipeline.aggregations import concurrency
from pipeline.aggregations.day import ALONE, films_of
from pipeline.aggregations.figures import Values, figures
from pipeline.aggregations.highlights import FEWEST_PEOPLE, highlights
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


def party_reports(tables: Tables) -> Values:
    """Compute the values of every party in `tables`, by party id."""
    found = figures(scoped(tables, by_party(tables)), dimensions=False)
    whole = {**tables, "live": while_live(tables["presence"], tables["windows"])}
    cuts = {name: _cuts(table) for name, table in whole.items()}
    for party in tables["parties"].itertuples(index=False):
        mine = {name: table.iloc[cuts[name].get(party.party_id, _NOTHING)] for name, table in whole.items()}
        drawn = concurrency.curve(mine["live"]["start"].to_numpy("int64"), mine["live"]["end"].to_numpy("int64"))
        values = found[party.party_id]
        values["sums"] |= {name: int(getattr(party, name)) for name in ("joined", "rejoined", "invited", "accepted")}
        values["party"] = _lifecycle(party, mine, drawn)
        values["films"] = films_of(mine["films"])
        values["series"] = _series(mine, drawn)
        values["lists"] = {"highlights": _highlights(mine), "attendance": _attendance(mine["presence"])}
    return found


_NOTHING = slice(0, 0)


def _cuts(table: pd.DataFrame) -> dict[str, slice]:
    """Tell where each party's rows stand: tables are sorted by party within a home, and a party has one home."""
    names = table["party_id"].to_numpy(dtype=object)
    if not len(names):
        return {}
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1])).tolist()
    return {names[start]: slice(start, stop) for start, stop in pairwise([*starts, len(names)])}


def _lifecycle(party: Any, mine: dict[str, pd.DataFrame], drawn: pd.DataFrame) -> dict[str, Any]:
    """Tell when what happened; times in ms, None where it was not seen."""
    times = {f"{name}_ms": _moment(getattr(party, name)) for name in ("scheduled", *TIMES)}
    peak_at = int(drawn["at"].iloc[drawn["viewers"].argmax()]) if len(drawn) else None
    started, ended = times["first_started_ms"], times["ended_ms"]
    host_left = _host_left(party.host, mine["presence"])
    first_alive, last_alive = _moment(party.first_alive), _moment(party.last_alive)
    days = [] if first_alive is None or last_alive is None else list(days_between(first_alive, last_alive + TIMEOUT_MS))
    return {
        "host_user_id": _user(party.host),
        **times,
        "live": mine["windows"][["opens", "closes"]].to_numpy("int64").tolist(),
        "days": days,
        "peak_at_ms": peak_at,
        "start_delay_ms": _between(times["scheduled_ms"], times["first_played_ms"]),
        "lobby_ms": _between(times["opened_ms"] or times["created_ms"], started),
        "time_to_peak_ms": _between(started, peak_at),
        "host_left_before_end_ms": _between(host_left, ended),
        "abandoned": bool(party.peak < ALONE) if ended is not None else None,
        "no_shows": max(0, int(party.invited) - int(party.accepted)),
        "videos": sorted({video for video in mine["views"]["video_id"] if isinstance(video, str)}),
        "controls": {
            name: int(getattr(party, name)) for name in COUNTS if name not in {"invited", "accepted", "rsvps"}
        },
    }


def _series(mine: dict[str, pd.DataFrame], drawn: pd.DataFrame) -> dict[str, Any]:
    kind, at = mine["voices"]["kind"].to_numpy(dtype=object), mine["voices"]["at"].to_numpy("int64")
    series = {"concurrent_viewers": {"unit": "count", "points": concurrency.points(drawn)}}
    for name, wanted in (("chat_messages_per_minute", "chat"), ("reactions_per_minute", "reaction")):
        series[name] = {"unit": "count", "points": per_minute(at[kind == wanted])}
    slices = mine["sync"]
    for name, column in (("drift_p50_ms", "p50"), ("drift_p95_ms", "p95")):
        points = zip(slices["at"].tolist(), slices[column].round(1).tolist(), strict=True)
        series[name] = {"unit": "ms", "points": [list(point) for point in points]}
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


def _highlights(mine: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Find the highlights; where too few people said anything there can be none."""
    if len({*mine["voices"]["viewer"]}) < FEWEST_PEOPLE:
        return []
    return highlights(mine["voices"], mine["presence"])


def _attendance(present: pd.DataFrame) -> list[list[Any]]:
    """List how long each person was there: [viewer, ms]."""
    lengths: dict[str, int] = {}
    for viewer, length in zip(present["viewer"], (present["end"] - present["start"]).tolist(), strict=True):
        if isinstance(viewer, str):
            lengths[viewer] = lengths.get(viewer, 0) + length
    ranked = sorted(lengths.items(), key=lambda one: (-one[1], one[0]))
    return [[viewer, length] for viewer, length in ranked[:ATTENDANCE]]


def _host_left(host: object, present: pd.DataFrame) -> int | None:
    ends = present["end"].to_numpy("int64")[present["viewer"].to_numpy(dtype=object) == host]
    return int(ends.max()) if len(ends) else None


def _user(viewer: object) -> str | None:
    return viewer[2:] if isinstance(viewer, str) and viewer.startswith("u:") else None


def _moment(at: Any) -> int | None:
    return None if pd.isna(at) else int(at)


def _between(first: int | None, then: int | None) -> int | None:
    return None if first is None or then is None else then - first
