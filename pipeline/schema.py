"""The event table of the lake: its columns by version, and how MongoDB's two kinds of documents become its rows.

What is not named here does not enter the lake: texts are dropped unless their key is in `SAFE_TEXTS`, so that no chat
text, name or address can slip in with a field that somebody adds later. Numbers of unknown name go to `extra`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

VERSION = 1

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
    Column("user_id", pa.string(), 1, "Who caused it, when signed in."),
    Column("guest_id", pa.string(), 1, "Who caused it, when a guest."),
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
    Column("emoji", NAME, 1, "Which reaction."),
    Column("length", pa.int64(), 1, "Characters of a chat message, whose text stays outside."),
    Column("extra", pa.string(), 1, "JSON of further numbers and safe words; sorted keys."),
)

SAFE_TEXTS = frozenset({"cause", "code", "mode", "quality", "state"})
"""Keys of `extra` whose texts come from our own vocabularies; any other text is dropped."""

LATEST_LATENESS_MS = 7 * 86_400_000
"""Events may come up to seven days late (docs/lake.md); a client time older than that is not believed."""
EARLIEST_MS = 60_000
"""Nor one more than a minute in the future: the clock offset is known to milliseconds."""

_INTEGERS = frozenset(column.name for column in COLUMNS if column.kind == pa.int64() and column.name != "seq")
_REALS = frozenset(column.name for column in COLUMNS if column.kind == pa.float64())
_PLAIN = ("user_id", "guest_id", "session_id", "video_id")
_CLIENT = ("device", "browser", "os", "country", "client")
_WIDEST = 2**53


def arrow_schema() -> pa.Schema:
    """Return the present schema; its version stands in the file's metadata."""
    fields = [pa.field(column.name, column.kind) for column in COLUMNS]
    return pa.schema(fields, metadata={"matinee.schema_version": str(VERSION)})


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Make the sorted table of one raw file: by video, session, time; ties by id, so that equal rows give equal bytes."""
    made = pa.Table.from_pylist(list(rows), schema=arrow_schema())
    order = [(name, "ascending") for name in ("video_id", "session_id", "at", "received_at", "event_id")]
    return made.sort_by(order)


def adapted(older: pa.Table) -> pa.Table:
    """Give a table written under an older version the present columns; what it did not know is null."""
    columns = [
        older.column(column.name).cast(column.kind)
        if column.name in older.column_names
        else pa.nulls(len(older), column.kind)
        for column in COLUMNS
    ]
    return pa.table(columns, schema=arrow_schema())


def telemetry_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turn a document of `events` into its one row."""
    received_ms = int(document["received_ms"])
    row = _row(document["_id"], document, received_ms)
    row["party_id"] = _text(document.get("party_id"))
    row["sent_at"] = _integer(document.get("sent_at_ms"))
    row |= {name: _text(document.get(name)) for name in _CLIENT}
    return [row | _measures(document.get("fields") or {})]


def log_rows(commit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turn one commit of `party_log` into a row for each of its events."""
    return [_log_row(event, commit["party_id"], int(commit["received_ms"])) for event in commit["events"]]


def _log_row(event: Mapping[str, Any], party_id: str, received_ms: int) -> dict[str, Any]:
    body = event.get("body") or {}
    row = _row(event["event_id"], event, received_ms) | {"party_id": party_id, "seq": event["seq"]}
    return row | _measures(body) | _nested(body) | _said(event["type"], body)


def _row(event_id: str, source: Mapping[str, Any], received_ms: int) -> dict[str, Any]:
    row = {name: _text(source.get(name)) for name in _PLAIN}
    version = _integer(source.get("v", 1))
    return row | {
        "event_id": event_id,
        "type": source["type"],
        "v": version if version is not None and 0 <= version < 2**15 else None,
        "at": believed_ms(source.get("at_ms"), received_ms),
        "received_at": received_ms,
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
        if name in _INTEGERS:
            row[name] = _integer(value)
        elif name in _REALS:
            row[name] = _number(value)
        elif name in {"emoji", "connection_id"}:
            row[name] = _text(value)
        elif (number := _number(value)) is not None:
            extra[name] = number
        elif name in SAFE_TEXTS and (text := _text(value)) is not None:
            extra[name] = text
    if extra:
        row["extra"] = json.dumps(extra, sort_keys=True, ensure_ascii=False)
    return row


def _nested(body: Mapping[str, Any]) -> dict[str, Any]:
    """Take position and rate from the playback, or the message, that the event holds in full."""
    found: dict[str, Any] = {}
    for part in (body.get("message"), body.get("playback")):
        if isinstance(part, Mapping):
            found |= {"position_ms": _integer(part.get("position_ms")), "rate": _number(part.get("rate"))}
    return found


def _said(kind: str, body: Mapping[str, Any]) -> dict[str, int]:
    """Keep the length of a message, never its text."""
    if not kind.startswith("chat."):
        return {}
    message = body.get("message")
    text = message.get("body") if isinstance(message, Mapping) else body.get("body")
    return {"length": len(text)} if isinstance(text, str) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool | int | float) and math.isfinite(value) and abs(value) <= _WIDEST:
        return value
    return None


def _integer(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _text(value: object) -> str | None:
    return value[:256] if isinstance(value, str) and value else None


def described() -> str:
    """Write the columns as the table that stands in docs/lake.md."""
    lines = ["| column | type | since | meaning |", "|---|---|---|---|"]
    for column in COLUMNS:
        kind = column.kind.value_type if pa.types.is_dictionary(column.kind) else column.kind
        lines.append(f"| `{column.name}` | {kind} | {column.since} | {column.meaning} |")
    return "\n".join(lines)
