"""Histories as raw tables, slot by slot, for tests that need no database."""

from collections import defaultdict
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline import schema
from pipeline.aggregations.facts import RAW_COLUMNS, facts, merged
from pipeline.slots import slot_of
from tests.factories.events import History


def raw_tables(history: History) -> dict[str, pa.Table]:
    """Make the raw table of each slot."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in history.telemetry:
        rows[slot_of(document["received_ms"])].extend(schema.telemetry_rows(document))
    for commit in history.commits:
        rows[slot_of(commit["received_ms"])].extend(schema.log_rows(commit))
    return {slot: schema.table(found) for slot, found in sorted(rows.items())}


def partials(tables: dict[str, pa.Table]) -> list[pa.Table]:
    return [facts(table.select(list(RAW_COLUMNS))) for table in tables.values()]


def facts_of(history: History) -> pd.DataFrame:
    return merged(partials(raw_tables(history)))
