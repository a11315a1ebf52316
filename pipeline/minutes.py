"""Events of many minutes, made together because that is faster, and cut into the tables of their files.

What `schema.table` makes of the rows of one minute is what comes out here for each of them, to the byte. Words and ids
are sorted and moved as numbers, by the place that each word has among the others.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schema
from pipeline.schema import NAME, ORDER
from pipeline.slots import SLOT_MS, slot_at

Array = np.ndarray[Any, Any]

CODED = pa.schema(
    [
        field.with_type(NAME) if field.type == pa.string() and field.name not in {"event_id", "extra"} else field
        for field in schema.arrow_schema()
    ]
)
"""The lake's schema while it is being made: whatever comes again and again as words and their numbers."""


def coded(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Make events under `CODED` of rows."""
    return pa.Table.from_pylist(list(rows), schema=CODED)


def sorted_events(parts: Sequence[pa.Table]) -> pa.Table:
    """Put events (under `CODED`) into one table under the lake's schema: by minute, and within it as a file has them."""
    events = pa.concat_tables([CODED.empty_table(), *parts]).unify_dictionaries().combine_chunks()
    order = _order(events)
    columns = [
        _moved(column, field.type, order) for field, column in zip(schema.arrow_schema(), events.columns, strict=True)
    ]
    return pa.table(columns, schema=schema.arrow_schema())


def by_slot(events: pa.Table) -> dict[str, pa.Table]:
    """Cut sorted events into those of each slot."""
    minutes = _whole(events, "received_at") // SLOT_MS
    found, starts = np.unique(minutes, return_index=True)
    lengths = np.diff(starts, append=len(events))
    cut = zip(found.tolist(), starts.tolist(), lengths.tolist(), strict=True)
    return {slot_at(minute): schema.canonical(events.slice(start, length)) for minute, start, length in cut}


def _order(events: pa.Table) -> pa.Array:
    """Tell in which order events stand: minute, video, session, time; the few that are equal in these by arrival and id."""
    minutes = _whole(events, "received_at") // SLOT_MS
    keys = [minutes - minutes.min(initial=0), *(_places(events.column(name)) for name in ("video_id", "session_id"))]
    at = _whole(events, "at")
    keys.append(at - at.min(initial=np.iinfo(np.int64).max))
    order = _sorted(keys)
    same = np.ones(max(0, len(order) - 1), bool)
    for key in keys:
        moved = key[order]
        same &= moved[1:] == moved[:-1]
    if same.any():
        _settle(order, same, events)
    return pa.array(order)


def _sorted(keys: list[Array]) -> Array:
    """Sort by several whole numbers from 0 on: as one number where they fit into it, for that is several times faster."""
    widths = [int(key.max(initial=0)).bit_length() for key in keys]
    if sum(widths) > 63:  # noqa: PLR2004 - bits of an int64
        return np.lexsort(keys[::-1])
    packed = keys[0].astype(np.int64)
    for key, width in zip(keys[1:], widths[1:], strict=True):
        packed = (packed << width) | key
    return np.argsort(packed)


def _settle(order: Array, same: Array, events: pa.Table) -> None:
    """Put stretches of events that are the same so far into the order of their arrival and ids."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), (edges[1::2] + 1).tolist(), strict=True):
        part = events.select(ORDER[3:]).take(pa.array(order[start:end]))
        settled = pc.sort_indices(part, [(name, "ascending") for name in ORDER[3:]])
        order[start:end] = order[start:end][settled.to_numpy()]


def _places(column: pa.ChunkedArray) -> Array:
    """Give the place of each event's word among the words, sorted; those without one come last."""
    words = _one(column)
    places = np.empty(len(words.dictionary) + 1, np.int64)
    places[pc.sort_indices(words.dictionary).to_numpy()] = np.arange(len(words.dictionary))
    places[-1] = len(words.dictionary)
    codes: Array = pc.fill_null(words.indices, -1).to_numpy(zero_copy_only=False)
    found: Array = places[codes]
    return found


def _moved(column: pa.ChunkedArray, kind: pa.DataType, order: pa.Array) -> pa.Array:
    """Put a column in order, as the lake has it; a third of them are empty in every minute."""
    if column.null_count == len(column):
        return pa.nulls(len(column), kind)
    moved = _one(column).take(order)
    return moved.dictionary_decode() if kind == pa.string() and pa.types.is_dictionary(moved.type) else moved


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _whole(events: pa.Table, name: str) -> Array:
    found: Array = _one(events.column(name).cast(pa.int64())).to_numpy(zero_copy_only=False)
    return found
