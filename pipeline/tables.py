"""Reading and changing the tables of homes."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.aggregations.scopes import Tables
from pipeline.aggregations.tables import SCHEMAS
from pipeline.lake import Lake
from pipeline.slots import DAY_MS, day_of
from store.home_tables import Files

MOMENTS: Mapping[str, tuple[str, ...]] = {
    "parties": ("created", "first_started", "ended", "first_alive", "last_alive"),
    "windows": ("opens", "closes"),
    "presence": ("start", "end"),
    "views": ("at",),
    "watch": ("hour",),
    "voices": ("at",),
    "films": ("day",),
    "drift": ("hour",),
    "sync": ("at",),
}
"""The columns of each table that say on which days a row counts."""
_SPANS = frozenset({"windows", "presence"})
"""Tables whose rows count on all days from the first moment to the second."""


def read_homes(
    lake: Lake,
    homes: Mapping[str, Files],
    names: Iterable[str] = tuple(SCHEMAS),
    parties: Collection[str] | None = None,
) -> Tables:
    """Read tables of some homes, whole or of some parties, as pandas: columns as in `aggregations.tables.SCHEMAS`."""
    chosen = None if parties is None else [("party_id", "in", sorted(parties))]
    return {
        name: _joined(name, [lake.read_table(homes[home][name], filters=chosen) for home in sorted(homes)])
        for name in names
    }


def as_tables(found: Mapping[str, pa.Table]) -> Tables:
    """Turn tables that were just made into what `read_homes` gives."""
    return {name: _joined(name, [table]) for name, table in found.items()}


def replaced(before: pa.Table | None, made: pa.Table, parties: Collection[str]) -> pa.Table:
    """Put the rows of `parties` in the place of those that they had; by party, as every table is.

    Equal rows are equal bytes: the words of a dictionary stand in the order of the rows, however these came together.
    """
    plain = _plain(made.schema)
    whole = made.cast(plain)
    if before is not None and len(before):
        theirs = pc.is_in(before.column("party_id").cast(pa.string()), value_set=pa.array(sorted(parties)))
        whole = pa.concat_tables([before.filter(pc.invert(theirs)).cast(plain), whole])
    # A sort of its own, since Arrow's is not stable; within a party the order is that of its making.
    names = whole.column("party_id").to_numpy()
    whole = whole.take(pa.array(np.argsort(names, kind="stable"))).combine_chunks()
    columns = [
        pc.dictionary_encode(column).cast(field.type) if pa.types.is_dictionary(field.type) else column
        for field, column in zip(made.schema, whole.columns, strict=True)
    ]
    return pa.table(columns, schema=made.schema)


def days_of(tables: Mapping[str, pa.Table]) -> list[str]:
    """Name the UTC days on which any row counts."""
    numbers = {number for name, table in tables.items() if len(table) for number, _ in _row_days(name, table)}
    return [day_of(number * DAY_MS) for number in sorted(numbers)]


def changed_days(before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]) -> set[str]:
    """Name the UTC days whose rows differ between two states of some parties' tables."""
    changed: set[str] = set()
    for name, table in after.items():
        earlier = before.get(name)
        if earlier is None or not len(earlier):
            changed |= set(days_of({name: table}))
            continue
        then, now = _marks(name, earlier), _marks(name, table)
        changed |= {day for day in then.keys() | now.keys() if then.get(day) != now.get(day)}
    return changed


def _marks(name: str, table: pa.Table) -> dict[str, int]:
    """Make one number out of each day's rows, in which their order does not show."""
    if not len(table):
        return {}
    plain = table.drop_columns([column for column in ("plays", "people") if column in table.column_names])
    hashes = pd.util.hash_pandas_object(_pandas(plain), index=False).to_numpy()
    found: dict[str, int] = {}
    for number, of_row in _row_days(name, table):
        day = day_of(number * DAY_MS)
        found[day] = (found.get(day, 0) + int(hashes[of_row].sum(dtype="uint64"))) % 2**64
    return found


def _row_days(name: str, table: pa.Table) -> Iterable[tuple[int, np.ndarray]]:
    """Give the number of each day on which rows count, and which they are."""
    moments = np.column_stack([pc.fill_null(table.column(column), -1).to_numpy() for column in MOMENTS[name]])
    numbers = moments // DAY_MS
    if name in _SPANS:
        numbers[:, 1] = (moments[:, 1] - 1) // DAY_MS  # they end before their last moment
        for number in range(int(numbers[:, 0].min()), int(numbers[:, 1].max()) + 1):
            of_row = (numbers[:, 0] <= number) & (numbers[:, 1] >= number)
            if of_row.any():
                yield number, of_row
        return
    known = np.where(moments < 0, -1, numbers)
    for number in np.unique(known[known >= 0]):
        yield int(number), (known == number).any(axis=1)


def _joined(name: str, parts: list[pa.Table]) -> pd.DataFrame:
    plain = _plain(SCHEMAS[name])
    return _pandas(pa.concat_tables([plain.empty_table(), *(part.cast(plain) for part in parts)]))


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in schema]
    )


def _pandas(table: pa.Table) -> pd.DataFrame:
    """Turn into pandas: words as objects, whole numbers that may be null as Int64."""
    nullable: Any = {pa.int64(): pd.Int64Dtype()}
    plain = table.cast(_plain(table.schema))
    frame = plain.to_pandas(types_mapper=nullable.get)
    return frame.astype(
        {
            field.name: "int64" if field.type == pa.int64() else "object"
            for field in plain.schema
            if (field.type == pa.int64() and not table.column(field.name).null_count and field.name not in NULLABLE)
            or field.type == pa.string()
        }
    )


NULLABLE = frozenset(
    {"scheduled", "created", "opened", "first_started", "first_played", "ended", "first_alive", "last_alive", "startup_ms",
     "height", "furthest", "duration_ms", "position_ms"}
)  # fmt: skip
"""Columns that may be null, and so have one type whether or not a null is among them."""
