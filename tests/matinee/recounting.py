"""Counts a history again from its rows, in plain Python and by the words of the metrics dictionary."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
TIMEOUT = 30_000


def rows_of(tables: Iterable[Any]) -> list[Row]:
    """Read all rows, times as ms."""
    found: list[Row] = []
    for table in tables:
        rows = table.to_pylist()
        for name in ("at", "received_at", "sent_at", "scheduled_at"):
            moments = table.column(name).cast("int64").to_pylist()
            for row, moment in zip(rows, moments, strict=True):
                row[name] = moment
        found += rows
    return found


def once(rows: list[Row]) -> list[Row]:
    """Keep each event as it was first received."""
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row["received_at"]):
        first.setdefault(row["event_id"], row)
    return list(first.values())


@dataclass
class Recount:
    """What the rows of one party come to."""

    watch_time_ms: int = 0
    watch: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    presence: list[tuple[int, int]] = field(default_factory=list)
    viewers: set[str] = field(default_factory=set)
    chatters: set[str] = field(default_factory=set)
    chat_messages: int = 0
    reactions: int = 0
    attempts: int = 0
    views: int = 0
    failed: int = 0
    stall_ms: int = 0
    live: list[tuple[int, int]] = field(default_factory=list)

    @property
    def cut(self) -> list[tuple[int, int]]:
        return [
            (max(start, opens), min(end, closes))
            for start, end in self.presence
            for opens, closes in self.live
            if start < closes and end > opens
        ]

    @property
    def peak(self) -> int:
        return max((sum(start <= at < end for start, end in self.cut) for at, _ in self.cut), default=0)


def recount(rows: list[Row]) -> dict[str, Recount]:
    """Count every party."""
    of_party: dict[str, list[Row]] = defaultdict(list)
    for row in once(rows):
        if row["party_id"]:
            of_party[row["party_id"]].append(row)
    return {party: _party(found) for party, found in of_party.items()}


def _party(rows: list[Row]) -> Recount:
    found = Recount()
    sessions: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["session_id"] and row["type"] != "party.created":
            sessions[row["session_id"]].append(row)
        person = f"u:{row['user_id']}" if row["user_id"] else f"g:{row['guest_id']}"
        if row["type"] == "chat.sent":
            found.chat_messages += 1
            found.chatters.add(person)
        found.reactions += row["type"] == "reaction.sent"
        found.stall_ms += row["stall_ms"] or 0
        if row["session_id"] and row["type"] != "party.created":
            found.viewers.add(person)
    for session, events in sessions.items():
        _watched(found, session, events)
        found.presence += _present(events)
    attempted = {(row["session_id"], row["video_id"]) for row in rows if row["type"].startswith("view.")}
    found.attempts = len(attempted)
    found.views = sum(total >= 3_000 for total in found.watch.values())
    found.failed = len({(row["session_id"], row["video_id"]) for row in rows if row["type"] == "view.failed"})
    found.live = _live(rows, found.presence)
    return found


def _watched(found: Recount, session: str, events: list[Row]) -> None:
    before: int | None = None
    for number, row in enumerate(sorted(events, key=lambda row: (row["received_at"], row["at"], row["event_id"]))):
        if number == 0:
            earliest = row["received_at"]
        if row["type"] != "view.watched":
            continue
        since = row["received_at"] - (earliest if before is None else before)
        limit = 20_000 if number == 0 else min(20_000, since + 5_000)
        believed = max(0, min(row["watched_ms"] or 0, limit))
        before = row["received_at"]
        found.watch_time_ms += believed
        found.watch[session, row["video_id"]] += believed


def _present(events: list[Row]) -> list[tuple[int, int]]:
    """Walk through a session: its joins and leaves by connection, its other events as signs of life."""
    rank = {"party.joined": 0, "party.left": 2}
    ordered = sorted(events, key=lambda row: (row["at"], rank.get(row["type"], 1), row["event_id"]))
    spans: list[list[int]] = []
    connection, left = None, False
    for row in ordered:
        at = row["at"]
        if row["type"] == "party.joined":
            if not spans or (left and at - spans[-1][1] > TIMEOUT):
                spans.append([at, at])
            connection, left = row["connection_id"], False
        elif row["type"] == "party.left" and row["connection_id"] != connection:
            continue
        elif not spans:
            spans.append([at, at])
        elif left:
            continue
        spans[-1][1] = max(spans[-1][1], at)
        left = row["type"] == "party.left"
    if not left:
        spans[-1][1] += TIMEOUT
    return [(start, end) for start, end in spans]


def _live(rows: list[Row], presence: list[tuple[int, int]]) -> list[tuple[int, int]]:
    def first(kind: str) -> int | None:
        return min((row["at"] for row in rows if row["type"] == kind), default=None)

    opens = first("party.started")
    if opens is None:
        opens = min((start for start, _ in presence), default=None)
    if opens is None:
        return []
    closes = first("party.ended")
    if closes is None:
        closes = max(end for start, end in presence if end > opens)
        vacated = first("party.vacated")
        closes = min(closes, vacated) if vacated is not None else closes
    return [(opens, closes)] if closes > opens else []
