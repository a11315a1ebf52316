"""The collection `aggregates`: published rows of the dashboards, replaced whole under a deterministic id."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from pymongo import ReplaceOne
from pymongo.database import Database

from conf.clock import to_ms
from store.collection import Collection, Row
from store.documents import Aggregate
from store.encoding import from_document, to_document

BULK = 100
"""Rows of one command: larger bulks gain nothing and hold the connection."""


def aggregate_id(family: str, kind: str, subject: str, window: str) -> str:
    """Name a row: `family:kind:subject:window`."""
    return f"{family}:{kind}:{subject}:{window}"


class Span(msgspec.Struct, frozen=True):
    """The rows of one subject from the window `first` up to and with `last`."""

    family: str
    kind: str
    subject: str
    first: str
    last: str


class Aggregates:
    """Reads rows, for the dashboards."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def get(self, family: str, kind: str, subject: str, window: str) -> Aggregate | None:
        row = await self._collection.find_one({"_id": aggregate_id(family, kind, subject, window)}, recent=True)
        return None if row is None else from_document(row, Aggregate)

    async def range(self, family: str, kind: str, subject: str, from_window: str, to_window: str) -> list[Aggregate]:
        """Read the rows of `from_window` up to and with `to_window`, in order of their windows."""
        ends = {
            "$gte": aggregate_id(family, kind, subject, from_window),
            "$lte": aggregate_id(family, kind, subject, to_window),
        }
        rows = await self._collection.find({"_id": ends}, sort=[("_id", 1)], recent=True)
        return [from_document(row, Aggregate) for row in rows]

    async def rows(self, span: Span) -> list[Aggregate]:
        """Read the rows of a span in order, past the cache: what is computed from them is kept instead."""
        rows = await self._collection.find(_query(span), sort=[("window", 1)])
        return [from_document(row, Aggregate) for row in rows]

    async def stamp(self, span: Span) -> bytes:
        """Name the state of a span's rows: another one as soon as any of them is published anew or removed.

        It is read from an index alone.
        """
        rows = await self._collection.find(_query(span), sort=[("window", 1)], fields=["window", "computed_at"])
        state = ";".join(f"{row['window']} {to_ms(row['computed_at'])}" for row in rows)
        return sha256(state.encode()).digest()

    async def sums_of(
        self, family: str, kind: str, subjects: Sequence[str], first: str, last: str
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """Read only sums and hours of many subjects' rows: (subject, window, values)."""
        query = {"kind": kind, "subject": {"$in": list(subjects)}, "family": family}
        fields = ["subject", "window", "values.sums", "values.hours"]
        rows = await self._collection.find({**query, "window": {"$gte": first, "$lte": last}}, fields=fields)
        return [(row["subject"], row["window"], row["values"]) for row in rows]


def _query(span: Span) -> Row:
    query: Row = {"kind": span.kind, "subject": span.subject, "family": span.family}
    return {**query, "window": {"$gte": span.first, "$lte": span.last}}


class AggregatesWriter:
    """Publishes rows, for the pipeline's processes."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._collection = database["aggregates"]

    def publish(self, aggregates: Sequence[Aggregate]) -> int:
        """Put each row whose values differ in the place of the one with its id; returns how many that were.

        A row that says the same as before stays as it is, with the time at which it was first computed.
        """
        same = self._same(aggregates)
        changed = [aggregate for aggregate in aggregates if aggregate.id not in same]
        for start in range(0, len(changed), BULK):
            self._collection.bulk_write(
                [
                    ReplaceOne({"_id": aggregate.id}, to_document(aggregate), upsert=True)
                    for aggregate in changed[start : start + BULK]
                ],
                ordered=False,
            )
        return len(changed)

    def remove_others(self, family: str, window: str, kept: Sequence[str]) -> int:
        """Remove the rows of a family and window that are not among `kept`: nothing is left of what they told."""
        rows = self._collection.find({"family": family, "window": window}, {"_id": 1})
        return self.remove(sorted({row["_id"] for row in rows} - set(kept)))

    def remove(self, ids: Sequence[str]) -> int:
        """Remove rows; returns how many there were."""
        return self._collection.delete_many({"_id": {"$in": list(ids)}}).deleted_count if ids else 0

    def windows_after(self, family: str, window: str) -> list[str]:
        """Name the windows of a family after one."""
        return sorted(self._collection.distinct("window", {"family": family, "window": {"$gt": window}}))

    def provisional_windows(self, families: Sequence[str], *, until: str) -> list[str]:
        """Name the windows up to `until` in which some of `families` has a row that may still change."""
        query = {"family": {"$in": list(families)}, "provisional": True, "window": {"$lte": until}}
        return sorted(self._collection.distinct("window", query))

    def provisional_parties(self, ended_ms: int) -> list[str]:
        """Name the parties that ended up to `ended_ms` and whose reports may still change."""
        query = {"family": "party_report", "provisional": True, "values.party.ended_ms": {"$lte": ended_ms}}
        return sorted(row["subject"] for row in self._collection.find(query, {"subject": 1}))

    def _same(self, aggregates: Sequence[Aggregate]) -> set[str]:
        fields = {"digest": 1, "provisional": 1, "definition_version": 1}
        rows = self._collection.find({"_id": {"$in": [aggregate.id for aggregate in aggregates]}}, fields)
        known = {row["_id"]: (row.get("digest"), row["provisional"], row["definition_version"]) for row in rows}
        return {
            aggregate.id
            for aggregate in aggregates
            if known.get(aggregate.id) == (aggregate.digest, aggregate.provisional, aggregate.definition_version)
        }


def digest(values: dict[str, Any]) -> str:
    """Sum `values` up, so that two rows can be compared without reading them."""
    return sha256(msgspec.json.encode(values, order="sorted")).hexdigest()[:32]
