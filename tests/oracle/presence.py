"""Who was there when, and when a party was live: told event by event, as one would tell it to somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SILENCE = 30_000
"""Three heartbeats."""

Row = Mapping[str, Any]


@dataclass
class Interval:
    """One stretch of one session's presence."""

    session_id: str
    viewer: str | None
    start: int
    end: int
    timed_out: bool


def presence_of(session_id: str, viewer: str | None, rows: list[Row]) -> list[Interval]:
    """Walk through a session's events in the order of their times."""
    rows = sorted(rows, key=lambda row: (row["at"], row["type"] != "party.joined", row["event_id"]))
    leaves = {row["connection_id"]: row["at"] for row in rows if _left(row) and row.get("connection_id")}
    found: list[Interval] = []
    here: Interval | None = None
    left: int | None = None
    last, connection = 0, None
    for row in rows:
        at, joins = row["at"], row["type"] == "party.joined"
        stale = _left(row) and row.get("connection_id") and connection and row["connection_id"] != connection
        if stale:
            continue
        if here is None:
            if left is not None and at - left <= SILENCE:
                if not joins and not _left(row):
                    continue
                here = found.pop()
            else:
                here = Interval(session_id, viewer, at, at, timed_out=False)
        elif joins and at - max(last, leaves.get(connection, last) if connection else last) > SILENCE:
            found.append(Interval(session_id, viewer, here.start, last + SILENCE, timed_out=True))
            here = Interval(session_id, viewer, at, at, timed_out=False)
        last = at
        if joins:
            connection = row.get("connection_id") or connection
        if _left(row):
            found.append(Interval(session_id, viewer, here.start, at, timed_out=False))
            here, left = None, at
    if here is not None:
        found.append(Interval(session_id, viewer, here.start, last + SILENCE, timed_out=True))
    return found


def _left(row: Row) -> bool:
    return bool(row["type"] == "party.left")


def live_windows(by_time: list[Row], presence: list[Interval]) -> list[tuple[int, int]]:
    """Open with a start, close with an end; a room that emptied itself closed with the last presence in it.

    The rows come in the order of (at, event_id), which also tells which of two at one moment was first.
    """
    marks = [row for row in by_time if row["type"] in ("party.started", "party.ended", "party.vacated")]
    if presence and not any(row["type"] == "party.started" for row in marks):
        first = min(interval.start for interval in presence)
        marks = sorted([*marks, {"type": "party.started", "at": first, "event_id": ""}], key=_moment)
    found: list[tuple[int, int]] = []
    opens: int | None = None
    for row in marks:
        if row["type"] == "party.started":
            opens = row["at"] if opens is None else opens
        elif opens is not None:
            ended = row["type"] == "party.ended"
            found.append((opens, row["at"] if ended else min(row["at"], _last_presence(presence, opens, row["at"]))))
            opens = None
    if opens is not None:
        found.append((opens, _last_presence(presence, opens, None)))
    return [(start, end) for start, end in found if end > start]


def _moment(row: Row) -> tuple[int, str]:
    return row["at"], row["event_id"]


def _last_presence(presence: list[Interval], opens: int, until: int | None) -> int:
    inside = [one.end for one in presence if one.end > opens and (until is None or one.start < until)]
    return max(inside, default=opens)
