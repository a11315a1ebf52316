"""Histories as raw tables, slot by slot, and as the tables of parties, for tests that need no database."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pipeline import schema
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.scopes import Tables
from pipeline.aggregations.tables import tables_of
from pipeline.slots import slot_of
from pipeline.tables import as_tables
from tests.factories.events import History

Row = dict[str, Any]


def raw_rows(history: History) -> list[Row]:
    """Make the rows of all documents."""
    telemetry = [row for document in history.telemetry for row in schema.telemetry_rows(document)]
    return telemetry + [row for commit in history.commits for row in schema.log_rows(commit)]


def raw_tables(history: History) -> dict[str, pa.Table]:
    """Make the raw table of each slot."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in raw_rows(history):
        rows[slot_of(row["received_at"])].append(row)
    return {slot: schema.table(found) for slot, found in sorted(rows.items())}


def tables_from(rows: Sequence[Row]) -> Tables:
    """Make the tables of parties from raw rows."""
    return as_tables(tables_of(schema.table(list(rows)).select(list(RAW_COLUMNS))))


def tables_in(history: History) -> Tables:
    return tables_from(raw_rows(history))
