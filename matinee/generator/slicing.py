"""Cuts a table into one for each slot, with the sorted words of each column that are in the slot and no others.

`pipeline.schema.canonical` does that to one table; for forty thousand small ones it is done here to all at once.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class _Words(NamedTuple):
    """A column of words, renamed slot by slot."""

    codes: pa.Array
    words: pa.StringArray
    """Those of all slots, one slot after the other."""
    first: list[int]
    """Where each slot's begin, and the end."""


def slices(table: pa.Table, begins: Sequence[int]) -> Iterator[pa.Table]:
    """Cut before each row of `begins`, the first of which is 0."""
    (whole,) = table.combine_chunks().to_batches()
    ends = [*begins[1:], len(table)]
    slot = np.repeat(np.arange(len(begins)), np.diff([*begins, len(table)]))
    worded = {
        place: _renamed(column, slot, len(begins))
        for place, column in enumerate(whole.columns)
        if pa.types.is_dictionary(column.type)
    }
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        columns = whole.slice(begin, end - begin).columns
        for place, words in worded.items():
            first, last = words.first[number], words.first[number + 1]
            columns[place] = pa.DictionaryArray.from_arrays(
                words.codes.slice(begin, end - begin), words.words.slice(first, last - first)
            )
        yield pa.Table.from_arrays(columns, schema=table.schema)


def _renamed(column: pa.DictionaryArray, slot: NDArray[Any], slots: int) -> _Words:
    """Give every word the place that it has among the sorted words of its slot."""
    vocabulary = np.array(column.dictionary.to_pylist() or [""], dtype="U")
    order = np.argsort(vocabulary, kind="stable")
    rank = np.empty(len(vocabulary) + 1, dtype=np.int64)
    rank[order] = np.arange(len(vocabulary))
    rank[-1] = -1
    known = column.is_valid().to_numpy(zero_copy_only=False)
    codes = rank[np.where(known, column.indices.fill_null(-1).to_numpy(), -1)]
    keys, place = np.unique(slot[known] * len(vocabulary) + codes[known], return_inverse=True)
    first = np.searchsorted(keys, np.arange(slots + 1) * len(vocabulary))
    renamed = np.full(len(codes), -1, dtype=np.int32)
    renamed[known] = place - first[slot[known]]
    used = (
        column.dictionary.take(pa.array(order[keys % len(vocabulary)])) if len(keys) else column.dictionary.slice(0, 0)
    )
    return _Words(pa.array(renamed, mask=~known), used, first.tolist())
