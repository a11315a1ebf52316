"""The tables of some parties: everything that dashboards and notebooks are made of, from one pass over the parties' events."""

from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.aggregations import hours, parties, presence, views, voices, windows
from pipeline.aggregations.rows import DIMENSIONS, Rows
from pipeline.aggregations.watch import beats as beats_of

VERSION = 1
"""Counts up when a table's columns or their meaning change: then all are made anew."""

_WORD, _INT, _REAL, _YES = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_NAME = pa.dictionary(pa.int32(), pa.string())
_DIMENSIONS = dict.fromkeys(DIMENSIONS, _NAME)
_KEYS = {"party_id": _NAME, "session_id": _WORD, "video_id": _NAME, "viewer": _WORD}


def _schema(columns: tuple[str, ...], **kinds: pa.DataType) -> pa.Schema:
    known: dict[str, Any] = {**_KEYS, **_DIMENSIONS, **kinds}
    return pa.schema({name: known.get(name, _INT) for name in columns})


SCHEMAS: dict[str, pa.Schema] = {
    "parties": _schema(parties.COLUMNS, host=_WORD),
    "windows": _schema(windows.COLUMNS),
    "presence": _schema(presence.COLUMNS, timed_out=_YES),
    "views": _schema(
        views.COLUMNS,
        uploader=_WORD,
        **dict.fromkeys(("is_view", "engaged", "started", "failed", "ebvs", "completed"), _YES),
        **dict.fromkeys(("drift_p95", "percent", "coverage", "smoothness", "experience"), _REAL),
    ),
    "watch": _schema(hours.WATCH),
    "voices": _schema(voices.COLUMNS, kind=_NAME, emoji=_NAME),
    "films": _schema(
        ("party_id", "video_id", "day", "duration_ms", "uploader", "views", "plays", "people"),
        uploader=_WORD,
        plays=pa.list_(pa.int32()),
        people=pa.list_(pa.int32()),
    ),
    "drift": _schema(hours.DRIFT),
    "sync": _schema(hours.SYNC, p50=_REAL, p95=_REAL),
}
"""Columns of each table; each is sorted by party. What they mean: docs/lake.md."""


def tables_of(events: pa.Table) -> dict[str, pa.Table]:
    """Make all tables of the parties in `events` (columns `rows.RAW_COLUMNS`), which must be all events of theirs."""
    rows = Rows(events)
    video = rows.words("video_id")
    beats = beats_of(rows, video)
    present = presence.presence(rows)
    live = windows.windows(rows, present)
    viewed = views.views(rows, beats, video)
    found = {
        "parties": parties.parties(rows, present, parties.while_live(present, live)),
        "windows": live,
        "presence": present,
        "views": viewed.table,
        "watch": hours.watch_hours(rows, beats, video),
        "voices": voices.voices(rows, video),
        "films": viewed.films,
        "drift": hours.drift_hours(rows, beats),
        "sync": hours.sync_slices(rows, beats),
    }
    return {name: as_arrow(name, table) for name, table in found.items()}


def as_arrow(name: str, table: pd.DataFrame) -> pa.Table:
    """Write a table in its schema."""
    return pa.Table.from_pandas(table, schema=SCHEMAS[name], preserve_index=False)


def empty(name: str) -> pa.Table:
    return SCHEMAS[name].empty_table()
