"""Live windows: when each party was live.

A window opens with `party.started`, the first presence where no start was seen, and closes with `party.ended`. One that
nobody closed, or that was closed because everybody had long gone (`party.vacated`), closes with the last presence in it:
minutes in an empty room are no live time.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import Ints, Rows, Words

COLUMNS = ("party_id", "opens", "closes")
_MARKS = ("party.started", "party.ended", "party.vacated")
_FOREVER = np.iinfo("int64").max

Mark = tuple[int, str]
"""When, and which of `_MARKS`."""


class There(NamedTuple):
    """The presence in one party, ms."""

    start: Ints
    end: Ints


def windows(rows: Rows, present: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each time that a party was live, columns `COLUMNS`, ms."""
    marks, there = _marks(rows), _there(present)
    nobody = There(np.empty(0, dtype="int64"), np.empty(0, dtype="int64"))
    found = []
    for party in sorted({*marks, *there}):
        people = there.get(party, nobody)
        for opens, stop, closes in _pairs(marks.get(party, []), people):
            last = closes if stop == "party.ended" else _last_presence(people, opens, closes)
            if last > opens:
                found.append((party, opens, last))
    return pd.DataFrame(found, columns=list(COLUMNS)).astype({"opens": "int64", "closes": "int64"})


def _marks(rows: Rows) -> dict[str, list[Mark]]:
    """List each party's marks in order of time; ties by id, as everywhere."""
    chosen = np.flatnonzero(rows.is_kind(*_MARKS))
    place = chosen[np.lexsort((rows.id_ranks(chosen), rows.at_ms[chosen], rows.party.codes[chosen]))]
    parties: Words = rows.party.words(rows.party.codes[place])
    found: dict[str, list[Mark]] = {}
    for party, at, kind in zip(parties, rows.at_ms[place].tolist(), rows.kind_names(place), strict=True):
        found.setdefault(party, []).append((at, kind))
    return found


def _there(present: pd.DataFrame) -> dict[str, There]:
    if present.empty:
        return {}
    party = present["party_id"].to_numpy()  # sorted: presence is in the order of parties
    starts = np.flatnonzero(np.append(True, party[1:] != party[:-1]))
    begins, ends = present["start"].to_numpy(), present["end"].to_numpy()
    cuts = [*starts[1:].tolist(), len(party)]
    return {
        party[first]: There(begins[first:last], ends[first:last])
        for first, last in zip(starts.tolist(), cuts, strict=True)
    }


def _pairs(marks: list[Mark], there: There) -> Iterator[tuple[int, str, int]]:
    """Pair each start with the stop after it."""
    seen_start = any(kind == "party.started" for _, kind in marks)
    opened = None if seen_start or not len(there.start) else int(there.start.min())
    for at, kind in marks:
        if kind == "party.started":
            opened = at if opened is None else opened
        elif opened is not None:
            yield opened, kind, at
            opened = None
    if opened is not None:
        yield opened, "open", _FOREVER


def _last_presence(there: There, opens: int, closes: int) -> int:
    inside = (there.start < closes) & (there.end > opens)
    return int(min(there.end[inside].max(), closes)) if inside.any() else opens
