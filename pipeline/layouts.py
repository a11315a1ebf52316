"""BSON documents by the hundred thousand, read column by column.

Theory. What costs time in a document is not its bytes but the question, at each of its fields, what comes next. Nearly
all events of a day have one of a few dozen layouts: the same fields of the same types in the same order. So the first
document of a group is looked at field by field, and the others are only compared with it: a *run* of bytes (types, names,
the lengths of ids) that must be the same in all of them, between which lie the values. Those that differ form a group of
their own, which is looked at from that place on; a string whose length may differ ends a run. Groups that become small,
and fields that the reader's rules call odd, are left to a slower reader. Nothing is guessed: a value is taken only where
the bytes before it say what it is.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

DOUBLE, STRING, DOCUMENT, BOOLEAN, NULL, INT32, INT64 = 0x01, 0x02, 0x03, 0x08, 0x0A, 0x10, 0x12
TYPES = {DOUBLE: "<f8", STRING: "V32", BOOLEAN: "?", INT32: "<i4", INT64: "<i8"}
WIDTHS = {DOUBLE: 8, BOOLEAN: 1, INT32: 4, INT64: 8, NULL: 0}
ID_LENGTH = 32
"""Strings of this length belong to their run: nearly every id has it."""
LONGEST_RUN = 1024
LONGEST_FIELD = 256
"""With the value of an id; no name of ours is half as long."""
AT_ONCE = 4096
"""Documents compared at a time: what is gathered of them stays in the processor's cache."""
FEWEST = 16
"""Documents of one layout that are worth a run."""

Array = np.ndarray[Any, Any]


class Action(Enum):
    """What to do with a field."""

    TAKE = 1
    SKIP = 2
    ENTER = 3
    """Go on inside: only for documents, and only one level deep."""
    ODD = 4
    """Leave the whole document to a slower reader."""


Rules = Callable[[bool, bytes, int], Action]
"""By whether the field is inside a document, its name, and its BSON type."""


class Piece(NamedTuple):
    """Values of one field that were found together: numbers, or strings as bytes of one length."""

    rows: Array
    kind: int
    values: Array
    """Numbers; of strings of `ID_LENGTH` those bytes themselves (rows by bytes), of others where each begins."""
    lengths: Array | None = None


Field = tuple[bool, bytes]


class Reading(NamedTuple):
    """What was found in some documents."""

    pieces: dict[Field, list[Piece]]
    odd: Array
    """Of each document, whether it is left to a slower reader; its values are to be overwritten."""


class _Part(NamedTuple):
    """One value of a run: where it lies."""

    field: Field
    kind: int
    offset: int


class _Run(NamedTuple):
    """Bytes that documents of one layout have in common."""

    size: int
    expected: Array
    mask: Array
    parts: list[_Part]
    text: Field | None
    """The string that ends the run, whose length is the run's last four bytes, where it is to be taken."""
    ends: str
    """By what it ends: `document`, `text`, `length` (of the run) or `odd`."""
    inside: bool
    seen: frozenset[Field]


class _Group(NamedTuple):
    """Documents that were the same so far, and where each is to be read on."""

    rows: Array
    cursors: Array
    inside: bool
    seen: frozenset[Field]


class _Look:
    """A look at the first document of a group, as far as others may be compared with it."""

    def __init__(self, content: bytes, group: _Group, rules: Rules) -> None:
        self._content = content
        self._rules = rules
        self._start = self._at = int(group.cursors[0])
        self._inside = group.inside
        self._seen = set(group.seen)
        self._fixed: list[tuple[int, int]] = []
        self._parts: list[_Part] = []
        self._text: Field | None = None
        self._ends = "length"

    def run(self, memory: Array) -> _Run:
        while self._at - self._start < LONGEST_RUN - LONGEST_FIELD and self._goes_on():
            pass
        size = self._at - self._start
        whole = -(-size // 8) * 8
        mask = np.zeros(whole, np.uint8)
        for begin, end in self._fixed:
            mask[begin - self._start : end - self._start] = 255
        expected = memory[self._start : self._start + whole] & mask
        return _Run(
            size,
            expected.view("<u8"),
            mask.view("<u8"),
            self._parts,
            self._text,
            self._ends,
            self._inside,
            frozenset(self._seen),
        )

    def _goes_on(self) -> bool:
        """Take one field, or the end of a document, into the run."""
        begin, kind = self._at, self._content[self._at]
        if kind == 0:
            self._fix(begin, begin + 1)
            if not self._inside:
                self._ends = "document"
                return False
            self._inside = False
            return True
        value = self._content.index(0, begin + 1) + 1
        field = (self._inside, self._content[begin + 1 : value - 1])
        short = value - begin < LONGEST_FIELD // 2
        action = self._rules(*field, kind) if short and field not in self._seen else Action.ODD
        if action is Action.ODD:
            if begin == self._start:
                self._ends = "odd"
                self._fix(begin, min(value, begin + LONGEST_FIELD))
            return False
        self._seen.add(field)
        self._fix(begin, value)
        return self._value(field, kind, value, take=action is Action.TAKE)

    def _value(self, field: Field, kind: int, value: int, *, take: bool) -> bool:
        """Go over a value, which may differ from document to document."""
        if kind == DOCUMENT:
            self._inside, self._at = True, value + 4
        elif kind != STRING:
            self._at = value + WIDTHS[kind]
            if take and kind != NULL:
                self._parts.append(_Part(field, kind, value - self._start))
        elif int.from_bytes(self._content[value : value + 4], "little") == ID_LENGTH + 1:
            self._fix(value, value + 4)
            self._at = value + 4 + ID_LENGTH + 1
            if take:
                self._parts.append(_Part(field, kind, value + 4 - self._start))
        else:
            self._ends, self._at = "text", value + 4
            self._text = field if take else None
            return False
        return True

    def _fix(self, begin: int, end: int) -> None:
        """Let bytes be the same in all documents of the run."""
        self._fixed.append((begin, end))
        self._at = end


class Documents:
    """Documents, brought into one piece of memory; `starts` says where they begin in each part of `contents`."""

    def __init__(self, contents: Sequence[bytes | memoryview], starts: Sequence[Sequence[int]]) -> None:
        self._content = b"".join([*contents, bytes(LONGEST_RUN + 8)])
        begins = np.cumsum([0, *map(len, contents)])[:-1]
        parts = [np.array(part, np.int64) + begin for part, begin in zip(starts, begins, strict=True)]
        self.starts: Array = np.concatenate([np.zeros(0, np.int64), *parts])
        self.memory: Array = np.frombuffer(self._content, np.uint8)

    def windows(self, size: int) -> Array:
        """See the memory as overlapping strings of `size` bytes, by where they begin."""
        return np.ndarray((len(self.memory) - size + 1,), f"V{size}", buffer=self._content, strides=(1,))

    def document(self, row: int) -> bytes:
        start = int(self.starts[row])
        return self._content[start : start + int.from_bytes(self._content[start : start + 4], "little")]

    def read(self, rules: Rules, fewest: int = FEWEST) -> Reading:
        """Read all fields that `rules` want."""
        reading = Reading({}, np.zeros(len(self.starts), bool))
        groups = [_Group(np.arange(len(self.starts)), self.starts + 4, inside=False, seen=frozenset())]
        while groups:
            group = groups.pop()
            if len(group.rows) < max(1, fewest):
                reading.odd[group.rows] = True
                continue
            run = _Look(self._content, group, rules).run(self.memory)
            same, values = self._compared(group, run)
            if not same.all():
                groups.append(group._replace(rows=group.rows[~same], cursors=group.cursors[~same]))
                group = group._replace(rows=group.rows[same], cursors=group.cursors[same])
                values = [found[same] for found in values]
            if run.ends == "odd":
                reading.odd[group.rows] = True
                continue
            for part, found in zip(run.parts, values, strict=False):
                reading.pieces.setdefault(part.field, []).append(Piece(group.rows, part.kind, found))
            if run.ends != "document":
                groups.append(self._beyond(group, run, values, reading))
        return reading

    def _beyond(self, group: _Group, run: _Run, values: list[Array], reading: Reading) -> _Group:
        """Go to the end of a run, and over the text that ends it."""
        cursors = group.cursors + run.size
        if run.ends == "text":
            lengths = values[-1].astype(np.int64)
            if run.text is not None:
                reading.pieces.setdefault(run.text, []).append(Piece(group.rows, STRING, cursors, lengths - 1))
            cursors = cursors + lengths  # not in place: the piece keeps the others
        return _Group(group.rows, cursors, run.inside, run.seen)

    def _compared(self, group: _Group, run: _Run) -> tuple[Array, list[Array]]:
        """Tell which documents have the bytes of the run, and give all its values; of the others these mean nothing."""
        count, width = len(group.rows), len(run.mask) * 8
        same = np.empty(count, bool)
        parts = list(run.parts)
        if run.ends == "text":
            parts.append(_Part((False, b""), INT32, run.size - 4))
        values: list[Array] = [np.empty(count, TYPES[part.kind]) for part in parts]
        windows = self.windows(width)
        for begin in range(0, count, AT_ONCE):
            end = min(begin + AT_ONCE, count)
            gathered = windows[group.cursors[begin:end]]
            words = gathered.view("<u8").reshape(end - begin, -1)
            same[begin:end] = (words & run.mask).view(f"V{width}").ravel() == run.expected.view(f"V{width}")[0]
            for part, found in zip(parts, values, strict=True):
                found[begin:end] = np.ndarray(
                    end - begin, TYPES[part.kind], buffer=gathered, offset=part.offset, strides=(width,)
                )
        return same, values
