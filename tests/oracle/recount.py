"""The recount by hand: base quantities of one party after the other in loops, nothing clever, slow on purpose.

It is the second opinion on the SQL beside it; both follow the words of docs/metrics_dictionary.md, neither the pipeline.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.oracle.presence import live_windows, presence_of
from tests.oracle.quantities import Beat, Party, View, Voice

Row = Mapping[str, Any]
MACHINE = ("device", "browser", "os", "country", "client")


def deduplicated(rows: Iterable[Row]) -> list[Row]:
    """Keep of each event id the row that was received first."""
    kept: dict[str, Row] = {}
    for row in rows:
        other = kept.get(row["event_id"])
        if other is None or row["received_at"] < other["received_at"]:
            kept[row["event_id"]] = row
    return list(kept.values())


def viewer_of(row: Row) -> str | None:
    if row.get("user_id"):
        return f"u:{row['user_id']}"
    return f"g:{row['guest_id']}" if row.get("guest_id") else None


def order(row: Row) -> tuple[int, int, str]:
    return row["received_at"], row["at"], row["event_id"]


def recounted(rows: Iterable[Row]) -> list[Party]:
    """Count every party of the lake."""
    parties: dict[str, list[Row]] = defaultdict(list)
    for row in deduplicated(rows):
        if row.get("party_id") is not None:
            parties[row["party_id"]].append(row)
    return [_party(party_id, found) for party_id, found in sorted(parties.items())]


def _party(party_id: str, rows: list[Row]) -> Party:
    party = Party(party_id)
    by_time = sorted(rows, key=lambda row: (row["at"], row["event_id"]))
    _lifecycle(party, by_time)
    sessions: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=order):
        if row.get("session_id") is not None:
            sessions[row["session_id"]].append(row)
    for session_id, found in sessions.items():
        viewer = max((known for row in found if (known := viewer_of(row))), default=None)
        machine = {name: next((row[name] for row in found if row.get(name)), None) for name in MACHINE}
        party.machines[session_id] = machine
        party.presence += presence_of(session_id, viewer, found)
        _watch(party, by_time, session_id, viewer, found)
    party.windows = live_windows(by_time, party.presence)
    for row in by_time:
        if row["type"] in ("chat.sent", "reaction.sent"):
            kind = "chat" if row["type"] == "chat.sent" else "reaction"
            party.voices.append(Voice(row["at"], row.get("video_id"), viewer_of(row), kind))
    return party


def _lifecycle(party: Party, by_time: list[Row]) -> None:
    for row in by_time:
        kind, at = row["type"], row["at"]
        if kind == "party.created" and party.created is None:
            party.created, party.host = at, viewer_of(row)
        if kind == "party.started" and party.first_started is None:
            party.first_started = at
        if kind == "party.ended" and party.ended is None:
            party.ended = at
        party.invited += kind == "party.invited"
        party.accepted += kind == "party.invite_accepted"
        if row.get("video_id") is not None and row.get("uploader_id") is not None:
            party.uploaders[row["video_id"]] = row["uploader_id"]


def _length(by_time: list[Row], video_id: str) -> int | None:
    known = [
        row["duration_ms"] for row in by_time if row.get("video_id") == video_id and row.get("duration_ms") is not None
    ]
    return known[-1] if known and known[-1] > 0 else None


def _accepted(rows: list[Row]) -> Iterator[tuple[Row, int]]:
    before = None if rows[0]["type"] == "view.watched" else rows[0]["received_at"]
    for row in rows:
        if row["type"] == "view.watched":
            passed = 20_000 if before is None else row["received_at"] - before + 5_000
            yield row, max(0, min(row.get("watched_ms") or 0, passed, 20_000))
            before = row["received_at"]


def _watch(party: Party, by_time: list[Row], session_id: str, viewer: str | None, rows: list[Row]) -> None:
    accepted = {id(row): watched for row, watched in _accepted(rows)}
    films: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["type"].startswith("view.") and row.get("video_id") is not None:
            films[row["video_id"]].append(row)
        beat = Beat(party.party_id, row.get("video_id"), session_id, viewer, party.machines[session_id], row["at"])
        if row["type"] == "view.watched":
            beat.watched, beat.drift = accepted[id(row)], row.get("drift_ms")
            party.beats.append(beat)
        elif row["type"] == "view.stalled" and (row.get("stall_ms") or 0) > 0:
            beat.stall_ms = min(row["stall_ms"], 600_000)
            party.beats.append(beat)
    for video_id, found in films.items():
        view = _view(found, accepted, _length(by_time, video_id))
        view.party_id, view.session_id, view.video_id = party.party_id, session_id, video_id
        view.viewer, view.machine = viewer, party.machines[session_id]
        party.views.append(view)


def _view(rows: list[Row], accepted: dict[int, int], length: int | None) -> View:
    beats = [row for row in rows if row["type"] == "view.watched"]
    kinds = {row["type"] for row in rows}
    view = View(
        at=(beats or rows)[0]["at"],
        length=length,
        started=bool(beats) or "view.started" in kinds,
        failed="view.failed" in kinds,
        startup_ms=_startup(rows),
    )
    for row in beats:
        watched = accepted[id(row)]
        view.beats += 1
        view.watched += watched
        if row.get("drift_ms") is not None:
            view.drifts.append(abs(row["drift_ms"]))
        start, end = row.get("from_ms"), row.get("to_ms")
        if start is not None and end is not None and start >= 0:
            end = min(end, start + watched, length if length is not None else end)
            if end > start:
                view.pieces.append((start, end))
    for row in rows:
        if row["type"] == "view.stalled" and (row.get("stall_ms") or 0) > 0:
            view.stalls += 1
            view.stall_ms += min(row["stall_ms"], 600_000)
    return view


def _startup(rows: list[Row]) -> int | None:
    for row in rows:
        if row["type"] == "view.started" and row.get("startup_ms") is not None and row["startup_ms"] >= 0:
            return int(row["startup_ms"])
    return None
