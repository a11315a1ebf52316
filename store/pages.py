"""Pages of a list in a stable order, and the opaque cursor that leads to the next."""

import base64
import binascii
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from store.collection import Collection
from store.encoding import from_document
from store.errors import BadCursor

S = TypeVar("S", bound=msgspec.Struct)
Row = dict[str, Any]


class Page(msgspec.Struct, Generic[S], frozen=True, kw_only=True):
    """Some items of a list; `next` is the cursor of those after them, None at the end."""

    items: list[S]
    next: str | None = None


class Order(msgspec.Struct, frozen=True):
    """By which field a list is sorted; ties go by `_id` in the same direction."""

    field: str
    direction: int

    @property
    def sort(self) -> Sequence[tuple[str, int]]:
        return [(self.field, self.direction)] + ([("_id", self.direction)] if self.field != "_id" else [])


NEWEST_FIRST = Order("_id", -1)
"""Ids are UUIDv7: their order is that of creation."""
OLDEST_FIRST = Order("_id", 1)
STARTED_LAST = Order("started_at", -1)
"""The last one that started comes first."""


class _Place(msgspec.Struct, array_like=True):
    """Where a page ended: the last item's id and, where the list is sorted by a time, that time."""

    id: str
    at: datetime | None = None


async def page(
    collection: Collection,
    kind: type[S],
    query: Row,
    *,
    order: Order,
    limit: int,
    cursor: str | None,
    fields: Sequence[str] | None = None,
) -> Page[S]:
    """Read one page. One row more than asked for tells whether there is a next one. Raises `BadCursor`."""
    conditions = [query, _after(order, from_cursor(cursor, _Place))] if cursor else [query]
    rows = await collection.find({"$and": conditions}, sort=order.sort, limit=limit + 1, fields=fields)
    shown = rows[:limit]
    following = to_cursor(_place(shown[-1], order)) if len(rows) > limit else None
    return Page(items=[from_document(row, kind) for row in shown], next=following)


async def each(collection: Collection, query: Row, *, batch: int = 1000) -> AsyncIterator[Row]:
    """Read all that matches in the order of its making, `batch` rows in memory at a time.

    Each batch begins after the last id of the one before: no cursor is held open at the server while a slow reader
    takes its time.
    """
    conditions = [query]
    while True:
        rows = await collection.find({"$and": conditions}, sort=[("_id", 1)], limit=batch)
        for row in rows:
            yield row
        if len(rows) < batch:
            return
        conditions = [query, {"_id": {"$gt": rows[-1]["_id"]}}]


def _after(order: Order, place: _Place) -> Row:
    beyond = "$gt" if order.direction > 0 else "$lt"
    if order.field == "_id":
        return {"_id": {beyond: place.id}}
    if place.at is None:
        raise BadCursor("the cursor belongs to another list")
    return {"$or": [{order.field: {beyond: place.at}}, {order.field: place.at, "_id": {beyond: place.id}}]}


def to_cursor(place: msgspec.Struct) -> str:
    """Write a place down as an opaque cursor."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def from_cursor(cursor: str, kind: type[S]) -> S:
    """Read a place back. Raises `BadCursor` for whatever else somebody may have sent."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.msgpack.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=kind)
    except (UnicodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadCursor("the cursor is not one of ours") from error


def _place(row: Row, order: Order) -> _Place:
    return _Place(row["_id"], None if order.field == "_id" else row[order.field])
