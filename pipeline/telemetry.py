"""Telemetry, a hundred thousand documents at a time: what `schema.telemetry_rows` does with one, done with columns.

Only what is plain is taken here: values of the types that their column has, and fields that are known not to matter. A
document with anything else in it is `odd` and goes through `schema.telemetry_rows`, which says what is right.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import bson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from bson.codec_options import CodecOptions, DatetimeConversion

from pipeline import schema
from pipeline.layouts import BOOLEAN, DOCUMENT, DOUBLE, FEWEST, INT32, INT64, NULL, STRING, Action, Documents, Piece
from pipeline.minutes import CODED
from pipeline.persons import KEPT, forgotten, hidden_words
from pipeline.replies import Reply
from pipeline.schema import CLIENT, ELSEWHERE, IDS, INTEGERS, NAME, REALS, SAFE_TEXTS, TEXTS, WIDEST
from pipeline.slots import SLOT_MS
from store.encoding import CODEC
from store.pseudonyms import Pseudonyms

Array = np.ndarray[Any, Any]

_LENIENT: CodecOptions[dict[str, Any]] = CODEC.with_options(
    unicode_decode_error_handler="replace", datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
_SHORT = 1024
_OUTER_TEXTS = frozenset({*IDS, *CLIENT, "party_id"})
_TIMES = frozenset({"at_ms", "sent_at_ms", "v"})
_MEASURES = INTEGERS | REALS
_NUMBERS = frozenset({DOUBLE, BOOLEAN, INT32, INT64})
_WHOLE = frozenset({INT32, INT64})
_SCALARS = _NUMBERS | {STRING, NULL}


class Telemetry(NamedTuple):
    """What became of some documents."""

    events: pa.Table
    """Under `CODED`, in no order."""
    odd: list[dict[str, Any]]
    """Documents that are left to `schema.telemetry_rows`."""
    minutes: Array
    """The minute in which each of the others was received, whether it is in `events` or was `erased`."""
    erased: Array
    """The minutes of those that are of somebody who was erased."""


def rules(inside: bool, key: bytes, kind: int) -> Action:  # noqa: FBT001 - as `layouts.Rules` has it
    """Say what to do with a field."""
    name = key.decode("ascii", "replace")
    return _inner(name, kind) if inside else _outer(name, kind)


def _outer(name: str, kind: int) -> Action:
    if name in _OUTER_TEXTS:
        return _either(kind == STRING, kind == NULL)
    if name in {"_id", "type"}:
        return _either(kind == STRING, skip=False)
    if name in _TIMES:
        return _either(kind in _WHOLE, kind == NULL and name != "v")
    if name == "received_ms":
        return _either(kind in _WHOLE, skip=False)
    if name == "fields":
        return Action.ENTER if kind == DOCUMENT else Action.ODD
    return _either(False, kind in _SCALARS and name.isascii())  # noqa: FBT003 - nothing to take


def _inner(name: str, kind: int) -> Action:
    if name in _MEASURES:
        return _either(kind in _NUMBERS, kind == NULL)
    if name in TEXTS:
        return _either(kind == STRING, kind == NULL)
    if name in ELSEWHERE:
        return _either(False, kind in _SCALARS)  # noqa: FBT003
    known = name.isascii() and name not in SAFE_TEXTS
    return _either(False, kind == NULL or (kind == STRING and known))  # noqa: FBT003


def _either(take: bool, skip: bool) -> Action:  # noqa: FBT001
    return Action.TAKE if take else Action.SKIP if skip else Action.ODD


def read(found: Sequence[Reply], names: Pseudonyms, *, fewest: int = FEWEST) -> Telemetry:
    """Make the events of documents that MongoDB sent."""
    documents = Documents([reply.content for reply in found], [reply.starts for reply in found])
    try:
        return _read(documents, names, fewest)
    except pa.ArrowInvalid:  # a text that is no UTF-8, somewhere
        return _read(documents, names, len(documents.starts) + 1)


def _read(documents: Documents, names: Pseudonyms, fewest: int) -> Telemetry:
    reading = documents.read(rules, fewest)
    columns = _Columns(documents, reading.pieces, names)
    for needed in ("_id", "type", "received_ms"):
        reading.odd[~columns.has(needed)] = True
    odd = [bson.decode(documents.document(int(row)), _LENIENT) for row in np.flatnonzero(reading.odd)]
    received = columns.whole("received_ms")[0]
    gone = columns.gone() & ~reading.odd
    kept = ~(reading.odd | gone)
    events = columns.made(received)
    if not kept.all():
        events = events.filter(pa.array(kept))
    minutes = received // SLOT_MS
    return Telemetry(events, odd, minutes[~reading.odd], minutes[gone])


class _Columns:
    """The columns of some documents; rows of odd ones hold anything."""

    def __init__(self, documents: Documents, pieces: dict[tuple[bool, bytes], list[Piece]], names: Pseudonyms) -> None:
        self._documents = documents
        self._pieces = {(inside, key.decode("ascii")): found for (inside, key), found in pieces.items()}
        self._names = names
        self._count = len(documents.starts)
        self._known: dict[str, tuple[Array, pa.StringArray]] = {}

    def made(self, received: Array) -> pa.Table:
        """Put all columns together."""
        return pa.table([self._column(field.name, field.type, received) for field in CODED], schema=CODED)

    def has(self, name: str) -> Array:
        """Tell which documents have a value of a field."""
        found = np.zeros(self._count, bool)
        for piece in self._of(name):
            found[piece.rows] = True
        return found

    def gone(self) -> Array:
        """Tell which events are of somebody who was erased."""
        codes, words = self._coded("user_id")
        gone = np.append(forgotten(words), [False])
        if not gone.any():
            return np.zeros(self._count, bool)
        kinds, types = self._coded("type")
        kept = np.array([*(word == KEPT for word in types.to_pylist()), False])
        found: Array = gone[codes] & ~kept[kinds]
        return found

    def whole(self, name: str) -> tuple[Array, Array]:
        """Give whole numbers, and which documents have one."""
        values, valid = np.zeros(self._count, np.int64), np.zeros(self._count, bool)
        for piece in self._of(name):
            values[piece.rows] = piece.values
            valid[piece.rows] = True
        return values, valid

    def _column(self, name: str, kind: pa.DataType, received: Array) -> pa.Array:  # noqa: PLR0911 - a line each
        if name == "event_id":
            return self._event_ids()
        if name == "received_at":
            return pa.array(received).cast(kind)
        if name == "at":
            return pa.array(self._believed(received)).cast(kind)
        if name == "sent_at":
            values, valid = self.whole("sent_at_ms")
            return pa.array(values, mask=~valid | (values < 0) | (values >= schema.LAST_MS)).cast(kind)
        if name == "v":
            return self._versions()
        if name in _MEASURES:
            return self._measured(name, kind)
        if kind == NAME:
            return self._named(name)
        return pa.nulls(self._count, kind)

    def _named(self, name: str) -> pa.DictionaryArray:
        """Give a column of words, pseudonyms in the place of ids; some words stand for nobody any more."""
        codes, words = self._coded(name)
        hidden = hidden_words(name, words, self._names)
        if hidden.null_count:
            codes = np.append(np.where(hidden.is_valid(), np.arange(len(hidden)), -1), [-1])[codes].astype(np.int32)
            hidden = hidden.fill_null("")
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), hidden)

    def _of(self, name: str) -> list[Piece]:
        inside = name in TEXTS or name in _MEASURES
        return self._pieces.get((inside, name), [])

    def _believed(self, received: Array) -> Array:
        values, valid = self.whole("at_ms")
        early, late = received - schema.LATEST_LATENESS_MS, received + schema.EARLIEST_MS
        believed = valid & (values >= early) & (values <= late)
        chosen: Array = np.where(believed, values, received)
        return chosen

    def _versions(self) -> pa.Array:
        values, valid = self.whole("v")
        values[~valid] = 1
        known = (values >= 0) & (values < 2**15)
        return pa.array(np.where(known, values, 0).astype(np.int16), mask=~known)

    def _measured(self, name: str, kind: pa.DataType) -> pa.Array:
        if not (pieces := self._of(name)):
            return pa.nulls(self._count, kind)
        rounded = name in INTEGERS
        values = np.zeros(self._count, np.int64 if rounded else np.float64)
        valid = np.zeros(self._count, bool)
        for piece in pieces:
            found, real = piece.values, np.ones(len(piece.rows), bool)
            if piece.kind == DOUBLE:
                real = ~np.isnan(found)
                found = np.where(real, found, 0.0)
            if piece.kind in {DOUBLE, INT64}:
                found = np.clip(found, -WIDEST, WIDEST)
            values[piece.rows] = np.rint(found) if rounded and piece.kind == DOUBLE else found
            valid[piece.rows] = real
        return pa.array(values, mask=~valid)

    def _event_ids(self) -> pa.Array:
        pieces = self._of("_id")
        if all(piece.lengths is None for piece in pieces):
            ids = np.zeros(self._count, "V32")
            for piece in pieces:
                ids[piece.rows] = piece.values
            strings = _strings(ids)
            strings.validate(full=True)
            return strings
        codes, words = self._coded("_id")
        return words.take(pa.array(codes, mask=codes < 0))

    def _coded(self, name: str) -> tuple[Array, pa.StringArray]:
        """Give the number of each document's word, -1 where it has none, and the words."""
        if name not in self._known:
            self._known[name] = self._encoded(name)
        return self._known[name]

    def _encoded(self, name: str) -> tuple[Array, pa.StringArray]:
        codes = np.full(self._count, -1, np.int32)
        parts: list[pa.StringArray] = []
        known = 0
        for rows, octets in self._by_length(name):
            if not octets.dtype.itemsize and name not in {"_id", "type"}:
                continue  # an empty text is none
            encoded = _strings(octets).dictionary_encode()
            encoded.dictionary.validate(full=True)
            codes[rows] = encoded.indices.to_numpy() + known
            known += len(encoded.dictionary)
            parts.append(encoded.dictionary)
        words = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
        return (codes, words) if name in {"_id", "type"} else _cut(codes, words)

    def _by_length(self, name: str) -> Iterator[tuple[Array, Array]]:
        """Give the texts of a field, those of one length together: their documents, and their bytes."""
        found: dict[int, list[tuple[Array, Array]]] = {}
        for piece in self._of(name):
            if piece.lengths is None:
                found.setdefault(piece.values.dtype.itemsize, []).append((piece.rows, piece.values))
                continue
            for length in _different(piece.lengths):
                chosen = piece.lengths == length
                octets = (
                    self._documents.windows(length)[piece.values[chosen]] if length else np.zeros(chosen.sum(), "V0")
                )
                found.setdefault(length, []).append((piece.rows[chosen], octets))
        for parts in found.values():
            yield np.concatenate([rows for rows, _ in parts]), np.concatenate([octets for _, octets in parts])


def _different(lengths: Array) -> list[int]:
    """List the lengths that there are; nearly all texts are short, for which counting is faster than sorting."""
    short = lengths[lengths < _SHORT]
    found: list[int] = np.flatnonzero(np.bincount(short, minlength=1)).tolist()
    return found if len(short) == len(lengths) else [*found, *np.unique(lengths[lengths >= _SHORT]).tolist()]


def _strings(octets: Array) -> pa.StringArray:
    """Make strings of bytes of one length, which may be no UTF-8."""
    count, length = len(octets), octets.dtype.itemsize
    offsets = np.arange(count + 1, dtype=np.int64) * length
    if offsets[-1] >= 2**31:
        raise pa.ArrowInvalid("too long for one array")
    content = octets.view(np.uint8) if length else octets.tobytes()
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content))


def _cut(codes: Array, words: pa.StringArray) -> tuple[Array, pa.StringArray]:
    """Cut words as `schema.text` does; those that become equal get one number."""
    if (pc.max(pc.binary_length(words)).as_py() or 0) <= schema.LONGEST_TEXT:
        return codes, words
    cut = pa.array([schema.text(word) for word in words.to_pylist()], pa.string())
    encoded = cut.dictionary_encode()
    numbers = np.append(encoded.indices.to_numpy(), -1).astype(np.int32)
    return numbers[codes], encoded.dictionary
