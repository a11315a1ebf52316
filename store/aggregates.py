"""The collection `aggregates`: published rows of the dashboards, replaced whole under a deterministic id."""

from collections.abc import Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.database import Database

from store.collection import Collection
from store.documents import Aggregate
from store.encoding import from_document, to_document

BULK = 100
"""Rows of one command: larger bulks gain nothing and hold the connection."""


def aggregate_id(family: str, kind: str, subject: str, window: str) -> str:
    """Name a row: `family:kind:subject:window`."""
    return f"{family}:{kind}:{subject}:{window}"


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
