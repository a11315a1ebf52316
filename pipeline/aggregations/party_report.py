"""The report of each party, family `party_report`: one row a party, window `all`."""

from typing import Any

import pandas as pd

from pipeline.aggregations import concurrency
from pipeline.aggregations.day import films_of
from pipeline.aggregations.figures import Values, figures
from pipeline.aggregations.highlights import highlights
from pipeline.aggregations.parties import COUNTS, TIMES, while_live
from pipeline.aggregations.presence import TIMEOUT_MS
from pipeline.aggregations.scopes import Tables, by_party, scoped
from pipeline.slots import days_between
from store.sketches import quantile

VERSION = 2
MINUTE_MS = 60_000
LONGEST = 1_440
"""A day of minutes is drawn with its silent ones; beyond that only the minutes that have something."""
ATTENDANCE = 1_000
"""People whose minutes are listed, those who stayed longest first."""


def party_reports(tables: Tables) -> Values:
    """Compute the values of every party in `tables`, by party id."""
    found = figures(scoped(tables, by_party(tables)), dimensions=False)
    parts = {name: dict(iter(table.groupby("party_id", observed=True))) for name, table in tables.items()}
    for party in tables["parties"].itertuples(index=False):
        mine = {name: of.get(party.party_id, tables[name].iloc[:0]) for name, of in parts.items()}
        values = found[party.party_id]
        values["sums"] |= {name: int(getattr(party, name)) for name in ("joined", "rejoined", "invited", "accepted")}
        values["party"] = _lifecycle(party, mine)
        values["films"] = films_of(mine["films"])
        values["series"] = _series(mine)
        values["lists"] = {
            "highlights": highlights(mine["voices"], mine["presence"]),
            "attendance": _attendance(mine["presence"]),
        }
    return found


def _lifecycle(party: Any, mine: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Tell when what happened; times in ms, None where it was not seen."""
    times = {f"{name}_ms": _moment(getattr(party, name)) for name in ("scheduled", *TIMES)}
    live = while_live(mine["presence"], mine["windows"])
    drawn = concurrency.curve(live["start"].to_numpy("int64"), live["end"].to_numpy("int64"))
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
        "abandoned": bool(party.peak < 2) if ended is not None else None,  # noqa: PLR2004 - one person is no party
        "no_shows": max(0, int(party.invited) - int(party.accepted)),
        "videos": sorted(mine["views"]["video_id"].dropna().unique().tolist()),
        "controls": {
            name: int(getattr(party, name)) for name in COUNTS if name not in {"invited", "accepted", "rsvps"}
        },
    }


def _series(mine: dict[str, pd.DataFrame]) -> dict[str, Any]:
    live, voices = while_live(mine["presence"], mine["windows"]), mine["voices"]
    drawn = concurrency.curve(live["start"].to_numpy("int64"), live["end"].to_numpy("int64"))
    series = {"concurrent_viewers": {"unit": "count", "points": concurrency.points(drawn)}}
    for name, kind in (("chat_messages_per_minute", "chat"), ("reactions_per_minute", "reaction")):
        series[name] = {"unit": "count", "points": per_minute(voices[voices["kind"] == kind])}
    slices = {int(at): rows for at, rows in mine["drift"].groupby("at", sort=True)}
    for name, share in (("drift_p50_ms", 0.5), ("drift_p95_ms", 0.95)):
        series[name] = {"unit": "ms", "points": [[at, _quantile(rows, share)] for at, rows in slices.items()]}
    return series


def per_minute(rows: pd.DataFrame) -> list[list[int]]:
    """Count rows (column `at`, ms) per minute of UTC: [start of the minute, rows], in order."""
    counts = (rows["at"] // MINUTE_MS).value_counts().sort_index()
    if counts.empty:
        return []
    first, last = int(counts.index[0]), int(counts.index[-1])
    if last - first < LONGEST:
        counts = counts.reindex(range(first, last + 1), fill_value=0)
    return [[int(minute) * MINUTE_MS, int(count)] for minute, count in counts.items()]


def _quantile(rows: pd.DataFrame, share: float) -> float | None:
    counts = rows.groupby("bucket")["count"].sum()
    return quantile({"counts": {str(bucket): int(count) for bucket, count in counts.items()}}, share)


def _attendance(present: pd.DataFrame) -> list[list[Any]]:
    """List how long each person was there: [viewer, ms]."""
    lengths = (present["end"] - present["start"]).groupby(present["viewer"]).sum()
    ranked = sorted(lengths.items(), key=lambda one: (-one[1], one[0]))
    return [[viewer, int(length)] for viewer, length in ranked[:ATTENDANCE]]


def _host_left(host: object, present: pd.DataFrame) -> int | None:
    ends = present.loc[present["viewer"] == host, "end"]
    return int(ends.max()) if len(ends) else None


def _user(viewer: object) -> str | None:
    return viewer[2:] if isinstance(viewer, str) and viewer.startswith("u:") else None


def _moment(at: Any) -> int | None:
    return None if pd.isna(at) else int(at)


def _between(first: int | None, then: int | None) -> int | None:
    return None if first is None or then is None else then - first
