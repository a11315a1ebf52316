"""Presence: when each session was in its party, as intervals.

A session opens with its join (its first event, where the join is missing) and closes with its leave. Connections drop:
a join within 3H of a leave carries the session on; a later one opens it again. Where a leave is missing the session is
closed at its last event + 3H, marked `timed_out`: at the end, and before a join that follows more than 3H of silence. A
leave of an older connection than the one joined last closes nothing (half-open sockets are found late), but shows that
the silence before it was a viewer's, not a dead server's.
"""

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import DIMENSIONS, KIND, NONE, Bools, Ints, Rows
from pipeline.aggregations.watch import HEARTBEAT_MS

TIMEOUT_MS = 3 * HEARTBEAT_MS
COLUMNS = ("party_id", "session_id", "viewer", "start", "end", "timed_out", *DIMENSIONS)

_JOINED, _LEFT = KIND["party.joined"], KIND["party.left"]
_UNKNOWN = np.iinfo("int64").min


def presence(rows: Rows) -> pd.DataFrame:
    """Make one row for each interval of presence, columns `COLUMNS`, times in ms."""
    rank = np.where(rows.kind == _JOINED, 0, np.where(rows.kind == _LEFT, 2, 1))
    place = rows.by_time(rank, rows.has_session & ~rows.is_kind("party.created"))
    group, at, kind = rows.group[place], rows.at_ms[place], rows.kind[place]
    connection = rows.words("connection_id").codes[place]
    joined_by = _carried(connection, (kind == _JOINED) & (connection != NONE), group)
    held_until = _held_until(group, at, kind, connection, joined_by)
    stale = (kind == _LEFT) & (connection != NONE) & (joined_by != NONE) & (connection != joined_by)
    group, at, kind, held_until = (column[~stale] for column in (group, at, kind, held_until))
    kept = ~_echoes(group, at, kind)
    group, at, kind, held_until = (column[kept] for column in (group, at, kind, held_until))
    return _intervals(rows, group, at, kind, held_until)


def _intervals(rows: Rows, group: Ints, at: Ints, kind: Ints, held_until: Ints) -> pd.DataFrame:
    if not len(group):
        return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in COLUMNS})
    first = np.append(True, group[1:] != group[:-1])
    before_kind, before_at = np.append(NONE, kind[:-1]), np.append(0, at[:-1])
    still_held = np.append(_UNKNOWN, held_until[:-1]) >= at
    may_open = (before_kind == _LEFT) | ((kind == _JOINED) & ~still_held)
    begins = np.flatnonzero(first | (may_open & (at - before_at > TIMEOUT_MS)))
    ends = np.append(begins[1:], len(at)) - 1
    session = group[begins]
    timed_out = kind[ends] != _LEFT
    start_of = rows.starts[session]
    viewer = rows.session_viewer()[session]
    found = {
        "party_id": rows.party.names[rows.party.codes[start_of]],
        "session_id": rows.session_name.names[rows.session_name.codes[start_of]],
        "viewer": rows.viewer.words(viewer),
        "start": at[begins],
        "end": at[ends] + timed_out * TIMEOUT_MS,
        "timed_out": timed_out,
    }
    return pd.DataFrame(
        found | {name: words[session] for name, words in rows.dimensions.items()}, columns=list(COLUMNS)
    )


def _dtype(name: str) -> str:
    return {"start": "int64", "end": "int64", "timed_out": "bool"}.get(name, "object")


def _carried(values: Ints, chosen: Bools, group: Ints) -> Ints:
    """Carry each chosen value on to the rows after it, within its group; `NONE` before the first."""
    place = np.maximum.accumulate(np.where(chosen, np.arange(len(values)), NONE)) if len(values) else values
    found = (place != NONE) & (group[np.maximum(place, 0)] == group)
    return np.where(found, values[np.maximum(place, 0)], NONE)


def _held_until(group: Ints, at: Ints, kind: Ints, connection: Ints, joined_by: Ints) -> Ints:
    """Tell until when the connection that joined last was there, where its leave is known."""
    leaves = (kind == _LEFT) & (connection != NONE)
    width = int(connection.max(initial=0)) + 2
    known = pd.Series(at[leaves], index=group[leaves] * width + connection[leaves]).groupby(level=0).max()
    if known.empty:
        return np.full(len(group), _UNKNOWN)
    wanted = group * width + joined_by
    place = np.minimum(np.searchsorted(known.index.to_numpy(), wanted), len(known) - 1)
    met = (known.index.to_numpy()[place] == wanted) & (joined_by != NONE)
    return np.where(met, known.to_numpy()[place], _UNKNOWN)


def _echoes(group: Ints, at: Ints, kind: Ints) -> Bools:
    """Mark events other than joins that follow a leave within 3H: the last words of a client whose clock runs ahead."""
    left, door = kind == _LEFT, (kind == _LEFT) | (kind == _JOINED)
    left_at = _carried(at, left, group)
    last_door = _carried(kind, door, group)
    echo: Bools = ~door & (last_door == _LEFT) & (at - left_at <= TIMEOUT_MS)
    return echo
