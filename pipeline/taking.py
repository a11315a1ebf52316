"""What MongoDB holds of some minutes, as the tables of their files. Minutes that follow each other are read together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
from pymongo.database import Database

from pipeline import minutes, quality, schema, telemetry
from pipeline.persons import hidden
from pipeline.replies import Reply, replies
from pipeline.slots import SLOT_MS, slot_at
from pipeline.source import Counted, Source
from store.pseudonyms import Pseudonyms

Row = dict[str, Any]

BLOCK_BYTES = 32_000_000
"""Replies that are shaped together: more than this gains nothing and takes memory."""
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


class Taken(NamedTuple):
    """The events of a slot, and the documents that they came from."""

    events: pa.Table
    """Under the lake's schema, as a file has them."""
    aside: pa.Table
    """What failed a check."""
    quality: dict[str, int]
    """How many did, by check."""
    counted: Counted
    unreadable: int
    """Documents without the shape of ours: counted as seen, so that one of them cannot hold up its minute for ever."""
    erased: int
    """Events of people who were erased: they stay in MongoDB for others who were there, and are not counted any more."""


NOTHING = Taken(schema.arrow_schema().empty_table(), quality.quarantine_schema().empty_table(), {}, Counted(0, 0), 0, 0)
"""Of a slot of which MongoDB has nothing any more."""
Take = Callable[[int, int], Mapping[str, Taken]]
"""Reads what was received from one moment on and before another, by slot."""


def take(database: Database[Row], names: Pseudonyms, from_ms: int, to_ms: int) -> dict[str, Taken]:
    """Read what was received in [from_ms, to_ms), from both collections, by slot."""
    return _Taking(Source(database=database), names).take(database, from_ms, to_ms)


class _Taking:
    """One reading: what was found so far, by the number of its minute."""

    def __init__(self, source: Source, names: Pseudonyms) -> None:
        self._source = source
        self._names = names
        self._rows: list[Row] = []
        self._parts: list[pa.Table] = []
        self._commits: Counter[int] = Counter()
        self._events: Counter[int] = Counter()
        self._unreadable: Counter[int] = Counter()
        self._erased: Counter[int] = Counter()

    def take(self, database: Database[Row], from_ms: int, to_ms: int) -> dict[str, Taken]:
        received = {"received_ms": {"$gte": from_ms, "$lt": to_ms}}
        for commit in self._source.commits(from_ms, to_ms):
            self._commits[_minute(commit)] += 1
            self._shape(schema.log_rows, commit)
        for collection in self._source.collections(from_ms, to_ms):
            for block in _blocks(replies(database, collection, received)):
                self._read(block)
        return self._cut()

    def _read(self, block: list[Reply]) -> None:
        found = telemetry.read(block, self._names)
        self._parts.append(found.events)
        self._events.update(found.minutes.tolist())
        self._erased.update(found.erased.tolist())
        for document in found.odd:
            self._events[_minute(document)] += 1
            self._shape(schema.telemetry_rows, document)

    def _shape(self, rows_of: Callable[[Row], list[Row]], document: Row) -> None:
        minute = _minute(document)
        try:
            made = rows_of(document)
        except UNREADABLE:
            self._unreadable[minute] += 1
            return
        for row in made:
            kept = hidden(row, self._names)
            if kept is None:
                self._erased[minute] += 1
            else:
                self._rows.append(kept)

    def _cut(self) -> dict[str, Taken]:
        examined = quality.examine(minutes.sorted_events([*self._parts, minutes.coded(self._rows)]))
        good, bad = minutes.by_slot(examined.good), minutes.by_slot(examined.bad)
        unknown = Counter((examined.unknown // SLOT_MS).tolist())
        taken = {}
        for minute in sorted(self._commits.keys() | self._events.keys()):
            slot = slot_at(minute)
            aside = bad.get(slot, quality.quarantine_schema().empty_table())
            taken[slot] = Taken(
                events=good.get(slot, schema.arrow_schema().empty_table()),
                aside=aside,
                quality=quality.counted(aside, unknown[minute]),
                counted=Counted(self._commits[minute], self._events[minute]),
                unreadable=self._unreadable[minute],
                erased=self._erased[minute],
            )
        return taken


def _minute(document: Row) -> int:
    """Tell in which minute a document was received: it was found by that number, of whatever kind."""
    received = document["received_ms"]
    return int((received if isinstance(received, int) else float(str(received))) // SLOT_MS)


def _blocks(found: Iterable[Reply]) -> Iterator[list[Reply]]:
    """Put replies together, up to `BLOCK_BYTES`."""
    block: list[Reply] = []
    for reply in found:
        block.append(reply)
        if sum(len(one.content) for one in block) >= BLOCK_BYTES:
            yield block
            block = []
    if any(reply.starts for reply in block):
        yield block
