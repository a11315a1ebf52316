"""Raw lakes on disk, written without the pipeline: the columns of schema version 2, spelt out again."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TEXTS = (
    "event_id type user_id guest_id session_id party_id video_id device browser os country client connection_id emoji"
)
INTEGERS = "seq position_ms watched_ms from_ms to_ms stall_ms startup_ms length duration_ms height"
MOMENTS = "at sent_at received_at scheduled_at"
REALS = "drift_ms rtt_ms rate"

SCHEMA = pa.schema(
    [pa.field(name, pa.string()) for name in TEXTS.split()]
    + [pa.field("v", pa.int16())]
    + [pa.field(name, pa.int64()) for name in INTEGERS.split()]
    + [pa.field(name, pa.timestamp("ms", tz="UTC")) for name in MOMENTS.split()]
    + [pa.field(name, pa.float64()) for name in REALS.split()]
    + [pa.field("uploader_id", pa.string()), pa.field("extra", pa.string())]
)


def written(rows: Iterable[Mapping[str, Any]], folder: Path) -> Path:
    """Write one file for each minute in which rows were received; give the lake's folder."""
    minutes: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        minutes[row["received_at"] // 60_000].append(row)
    for minute, found in minutes.items():
        moment = datetime.fromtimestamp(minute * 60, UTC)
        hour = folder / "raw" / f"date={moment:%Y-%m-%d}" / f"hour={moment:%H}"
        hour.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(repr(found).encode()).hexdigest()[:12]
        pq.write_table(pa.Table.from_pylist(list(found), schema=SCHEMA), hour / f"{moment:%M}-{digest}.parquet")
    return folder
