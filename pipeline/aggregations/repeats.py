"""Which rows may repeat an id, found without comparing the words themselves.

Nearly every event comes once. So ids are summed up to 64 bits first, eight bytes of all of them at a time; equal ids have equal
sums, and only rows whose sum another row has too need a closer look. Telling a million ids apart costs a tenth of what a
dictionary of them does.
"""

import numpy as np
import pyarrow as pa

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

_STEP = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, made odd: products with it differ in their high bits."""
_SHIFT = np.uint64(29)
_WORD = 8


def may_repeat(ids: pa.Array) -> Bools:
    """Mark the rows whose id, of which none is null, may stand in another row too: all that do, and seldom one that does not."""
    sums = _sums(ids)
    ordered = np.sort(sums)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.isin(sums, twice) if len(twice) else np.zeros(len(sums), dtype=bool)


def _sums(ids: pa.Array) -> np.ndarray:
    found = np.empty(len(ids), dtype="uint64")
    if not len(ids):
        return found
    wide = ids.cast(pa.large_string())
    _, offsets, content = wide.buffers()
    begins = np.frombuffer(offsets, dtype="int64")[wide.offset : wide.offset + len(ids) + 1]
    written = np.frombuffer(content, dtype="uint8") if content is not None else np.empty(0, dtype="uint8")
    lengths = np.diff(begins)
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        rows = np.flatnonzero(lengths == length)
        if len(rows) == len(ids):
            table = written[begins[0] : begins[-1]].reshape(len(ids), length)
        else:
            table = written[begins[rows][:, None] + np.arange(length)]
        found[rows] = _mixed(table)
    return found


def _mixed(table: np.ndarray) -> np.ndarray:
    """Sum up the bytes of each row."""
    rows, length = table.shape
    whole = -(-length // _WORD) * _WORD
    if whole != length:
        table = np.pad(table, ((0, 0), (0, whole - length)))
    words = np.ascontiguousarray(table).view("uint64")
    found = np.full(rows, length, dtype="uint64")
    for word in words.T:
        found = (found ^ word) * _STEP
        found ^= found >> _SHIFT
    return found
