"""The event table of the lake: its columns by version, and how MongoDB's two kinds of documents become its rows.

What is not named here does not enter the lake: texts are dropped unless their key is in `SAFE_TEXTS`, so that no chat
text, name or address can slip in with a field that somebody adds later. Numbers of unknown name go to `extra`.

The rows here hold people's ids; `pipeline.persons` puts pseudonyms in their place before they are written. Telemetry takes
a faster way (`pipeline.telemetry`), to the same table: what these functions say is what it has to do.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

VERSION = 2

MOMENT = pa.timestamp("ms", tz="UTC")
NAME = pa.dictionary(pa.int32(), pa.string())


class Column(NamedTuple):
    """One column of the lake."""

    name: str
    kind: pa.DataType
    since: int
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column("event_id", pa.string(), 1, "UUIDv7; viewers make their own. The same id twice is the same event."),
    Column("type", NAME, 1, "What happened, such as `view.watched`."),
    Column("v", pa.int16(), 1, "Version of the event's own shape."),
    Column("at", MOMENT, 1, "When it happened: client times corrected by the connection's clock offset."),
    Column("sent_at", MOMENT, 1, "What the client's own clock said."),
    Column("received_at", MOMENT, 1, "When the server received it; decides the file."),
    Column("user_id", pa.string(), 1, "Who caused it, when signed in; since version 2 a pseudonym."),
    Column("guest_id", pa.string(), 1, "Who caused it, when a guest; since version 2 a pseudonym."),
    Column("session_id", pa.string(), 1, "Viewing session: one person in one party on one device."),
    Column("party_id", pa.string(), 1, "The party."),
    Column("video_id", pa.string(), 1, "The video."),
    Column("seq", pa.int64(), 1, "Number in the party's log; null for telemetry."),
    Column("device", NAME, 1, "desktop, phone, tablet, tv."),
    Column("browser", NAME, 1, "Browser family."),
    Column("os", NAME, 1, "Operating system family."),
    Column("country", NAME, 1, "ISO 3166 code, when known."),
    Column("client", NAME, 1, "Client program: web, python, …"),
    Column("connection_id", pa.string(), 1, "The socket, of `party.joined` and `party.left`."),
    Column("position_ms", pa.int64(), 1, "Position in the video."),
    Column("watched_ms", pa.int64(), 1, "Media time played since the last heartbeat, at rate 1."),
    Column("from_ms", pa.int64(), 1, "Start of the played piece, in the video."),
    Column("to_ms", pa.int64(), 1, "End of the played piece, in the video."),
    Column("drift_ms", pa.float64(), 1, "Player position less expected position."),
    Column("rtt_ms", pa.float64(), 1, "Round trip of the connection."),
    Column("stall_ms", pa.int64(), 1, "Length of a stall."),
    Column("startup_ms", pa.int64(), 1, "From play request to first frame."),
    Column("rate", pa.float64(), 1, "Playback rate."),
    Column("uploader_id", pa.string(), 2, "Whose the video is that the event tells of, as a pseudonym."),
    Column("duration_ms", pa.int64(), 2, "Length of that video."),
    Column("height", pa.int64(), 2, "Lines of the picture that is shown."),
    Column("scheduled_at", MOMENT, 2, "For when the party is announced."),
    Column("emoji", NAME, 1, "Which reaction."),
    Column("length", pa.int64(), 1, "Characters of a chat message, whose text stays outside."),
    Column("extra", pa.string(), 1, "JSON of further numbers and safe words; sorted keys."),
)

SAFE_TEXTS = frozenset({"cause", "mode", "quality", "state"})
"""Keys of `extra` whose texts come from our own vocabularies; any other text is dropped, a room's code above all."""

LATEST_LATENESS_MS = 7 * 86_400_000
"""Events may come up to seven days late (docs/lake.md); a client time older than that is not believed."""
EARLIEST_MS = 60_000
"""Nor one more than a minute in the future: the clock offset is known to milliseconds."""

ORDER = ("video_id", "session_id", "at", "received_at", "event_id")
WIDEST = 2**53
"""Greater numbers are not exact in every language; a greater measure is written as this one, which no check lets pass."""
LAST_MS = 253_402_300_800_000
"""The end of the year 9999, beyond which there are no dates."""

INTEGERS = frozenset(column.name for column in COLUMNS if column.kind == pa.int64() and column.name != "seq")
REALS = frozenset(column.name for column in COLUMNS if column.kind == pa.float64())
TEXTS = frozenset({"emoji", "connection_id", "uploader_id"})
"""Texts among the fields that have a column."""
ELSEWHERE = frozenset({"scheduled_for_ms"})
"""Numbers that `extra` does not repeat."""
IDS = ("user_id", "guest_id", "session_id", "video_id")
CLIENT = ("device", "browser", "os", "country", "client")
LONGEST_TEXT = 256

_WITH_VIDEO = frozenset({"party.created", "playback.video_changed"})
_WITH_TIME = frozenset({"party.created", "party.rescheduled"})


def arrow_schema() -> pa.Schema:
    """Return the present schema; its version stands in the file's metadata."""
    fields = [pa.field(column.name, column.kind) for column in COLUMNS]
    return pa.schema(fields, metadata={"matinee.schema_version": str(VERSION)})


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Make the sorted table of one raw file: by video, session, time; ties by id, so that equal rows give equal bytes."""
    made = pa.Table.from_pylist(list(rows), schema=arrow_schema())
    return canonical(made.sort_by([(name, "ascending") for name in ORDER]))


def canonical(events: pa.Table) -> pa.Table:
    """Give every column of words the sorted words that are in it, no others, so that equal rows give equal bytes."""
    columns = [
        _canonical(column.unify_dictionaries().combine_chunks()) if pa.types.is_dictionary(column.type) else column
        for column in events.columns
    ]
    return pa.table(columns, schema=events.schema)


def _canonical(words: pa.DictionaryArray) -> pa.DictionaryArray:
    codes = pc.fill_null(words.indices, -1).to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(codes + 1, minlength=len(words.dictionary) + 1)[1:])
    kept = words.dictionary.take(pa.array(used, pa.int32()))
    order = pc.sort_indices(kept)
    places = np.full(len(words.dictionary) + 1, -1, np.int32)
    places[used[order.to_numpy()]] = np.arange(len(used), dtype=np.int32)
    renamed = places[codes]
    return pa.DictionaryArray.from_arrays(pa.array(renamed, pa.int32(), mask=renamed < 0), kept.take(order))


def adapted(older: pa.Table, columns: Sequence[str] | None = None) -> pa.Table:
    """Give a table written under an older version the present columns, or some of them; what it did not know is null."""
    present = arrow_schema()
    wanted = present if columns is None else pa.schema([present.field(name) for name in columns], present.metadata)
    found = [
        older.column(field.name).cast(field.type)
        if field.name in older.column_names
        else pa.nulls(len(older), field.type)
        for field in wanted
    ]
    return pa.table(found, schema=wanted)


def telemetry_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turn a document of `events` into its one row. What has not our shape raises a TypeError, ValueError or the like."""
    received_ms = int(document["received_ms"])
    row = _row(document["_id"], document, received_ms)
    row["party_id"] = text(document.get("party_id"))
    row["sent_at"] = _moment(document.get("sent_at_ms"))
    row |= {name: text(document.get(name)) for name in CLIENT}
    return [row | _measures(document.get("fields") or {})]


def log_rows(commit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turn one commit of `party_log` into a row for each of its events."""
    party_id, received_ms = _word(commit["party_id"]), int(commit["received_ms"])
    return [_log_row(event, party_id, received_ms) for event in commit["events"]]


def _log_row(event: Mapping[str, Any], party_id: str, received_ms: int) -> dict[str, Any]:
    body = event.get("body") or {}
    row = _row(event["event_id"], event, received_ms)
    row["party_id"] = party_id
    row["seq"] = _integer(event["seq"])
    row |= _measures(body)
    kind = row["type"]
    if "message" in body or "playback" in body:
        row |= _nested(body)
    if kind.startswith("chat."):
        row |= _said(body)
    if kind in _WITH_VIDEO and isinstance(video := body.get("video"), Mapping):
        row |= _shown(video, row["video_id"])
    if kind in _WITH_TIME:
        row["scheduled_at"] = _moment(body.get("scheduled_for_ms"))
    return row


def _row(event_id: object, source: Mapping[str, Any], received_ms: int) -> dict[str, Any]:
    version = _integer(source.get("v", 1))
    return {
        "event_id": _word(event_id),
        "type": _word(source["type"]),
        "v": version if version is not None and 0 <= version < 2**15 else None,
        "at": believed_ms(source.get("at_ms"), received_ms),
        "received_at": received_ms,
        **{name: text(source.get(name)) for name in IDS},
    }


def believed_ms(at_ms: object, received_ms: int) -> int:
    """Take the event's time where it is possible, else the time at which it was received."""
    at = _integer(at_ms)
    if at is None or not received_ms - LATEST_LATENESS_MS <= at <= received_ms + EARLIEST_MS:
        return received_ms
    return at


def _measures(fields: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    extra: dict[str, float | str] = {}
    for name, value in fields.items():
        if name in INTEGERS:
            measure = _measure(value)
            row[name] = None if measure is None else round(measure)
        elif name in REALS:
            measure = _measure(value)
            row[name] = None if measure is None else float(measure)
        elif name in TEXTS:
            row[name] = text(value)
        elif name in ELSEWHERE:
            continue
        elif (number := _number(value)) is not None:
            extra[name] = number
        elif name in SAFE_TEXTS and (safe := text(value)) is not None:
            extra[name] = safe
    if extra:
        row["extra"] = json.dumps(extra, sort_keys=True, ensure_ascii=False)
    return row


def _nested(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take position and rate from the playback, or the message, that the event holds in full."""
    found: dict[str, Any] = {}
    for part in (body.get("message"), body.get("playback")):
        if isinstance(part, Mapping):
            rate = _number(part.get("rate"))
            found["position_ms"] = _integer(part.get("position_ms"))
            found["rate"] = None if rate is None else float(rate)
    return found


def _said(body: Mapping[str, Any]) -> dict[str, int]:
    """Keep the length of a message, never its text."""
    message = body.get("message")
    words = message.get("body") if isinstance(message, Mapping) else body.get("body")
    return {"length": len(words)} if isinstance(words, str) else {}


def _shown(video: Mapping[str, Any], video_id: str | None) -> dict[str, Any]:
    """Tell of a video that came on what the figures of films need."""
    return {
        "video_id": text(video.get("id")) or video_id,
        "duration_ms": _integer(video.get("duration_ms")),
        "uploader_id": text(video.get("uploader_id")),
    }


def _measure(value: object) -> float | None:
    """Take a measure as it is, in the bounds of what can be written; NaN is none."""
    if isinstance(value, bool | int | float) and value == value:  # noqa: PLR0124 - NaN is not
        return max(-WIDEST, min(WIDEST, value))
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool | int | float) and math.isfinite(value) and abs(value) < WIDEST:
        return value
    return None


def _integer(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _moment(value: object) -> int | None:
    at_ms = _integer(value)
    return at_ms if at_ms is not None and 0 <= at_ms < LAST_MS else None


def _word(value: object) -> str:
    """Refuse what cannot be a name."""
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} is no name")
    return value


def text(value: object) -> str | None:
    """Take a text that is one, not longer than any of ours."""
    return value[:LONGEST_TEXT] if isinstance(value, str) and value else None


def described() -> str:
    """Write the columns as the table that stands in docs/lake.md."""
    lines = ["| column | type | since | meaning |", "|---|---|---|---|"]
    for column in COLUMNS:
        kind = column.kind.value_type if pa.types.is_dictionary(column.kind) else column.kind
        lines.append(f"| `{column.name}` | {kind} | {column.since} | {column.meaning} |")
    return "\n".join(lines)
