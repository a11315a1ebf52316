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

    def replace_many(self, aggregates: Sequence[Aggregate]) -> None:
        """Put each row in the place of the one with its id. Doing it again changes nothing."""
        for start in range(0, len(aggregates), BULK):
            self._collection.bulk_write(
                [
                    ReplaceOne({"_id": aggregate.id}, to_document(aggregate), upsert=True)
                    for aggregate in aggregates[start : start + BULK]
                ],
                ordered=False,
            )

    def parties_of_host(self, host_user_id: str, days: Sequence[str]) -> list[str]:
        """Name the parties that a person created and that may count on one of `days`, by their published reports."""
        query = {"values.party.host_user_id": host_user_id, "values.party.days": {"$in": list(days)}}
        return sorted(row["subject"] for row in self._collection.find(query, {"subject": 1}))

    def hosts_of(self, parties: Sequence[str]) -> dict[str, list[str]]:
        """Name the hosts of `parties`, each with the days on which those parties may count."""
        ids = [aggregate_id("party_report", "party", party, "all") for party in parties]
        found: dict[str, set[str]] = {}
        for row in self._collection.find({"_id": {"$in": ids}}, {"values.party": 1}):
            party = row["values"]["party"]
            if party["host_user_id"] and party["days"]:
                found.setdefault(party["host_user_id"], set()).update(party["days"])
        return {host: sorted(days) for host, days in sorted(found.items())}

    def provisional(self, family: str) -> list[dict[str, Any]]:
        """List the rows of a family that may still change: subject, window and `values.party`."""
        query = {"family": family, "provisional": True}
        return list(self._collection.find(query, {"subject": 1, "window": 1, "values.party": 1}))
