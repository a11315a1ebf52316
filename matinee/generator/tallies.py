"""Sums over rows by a key, and the greatest level of overlapping intervals: what the answers are counted with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.generator.arrays import DAY, Ints
from matinee.generator.ids import halves
from matinee.generator.rows import Columns

HEARTBEAT_MS = 10_000
SLACK_MS = 5_000
TIMEOUT_MS = 3 * HEARTBEAT_MS


def summed(keys: NDArray[Any], values: NDArray[Any], size: int) -> Ints:
    """Add up whole numbers by key, without the rounding of doubles."""
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, keys, values)
    return found


def distinct(keys: NDArray[Any], others: NDArray[Any], size: int) -> Ints:
    """Count the different `others` of each key."""
    pairs = np.unique(np.stack([keys.astype(np.int64), others.astype(np.int64)]), axis=1)
    return np.bincount(pairs[0], minlength=size)


def accepted(rows: Columns, beats: Ints) -> tuple[Ints, Ints]:
    """Tell how much of each heartbeat is believed, and the heartbeats in the order in which they were received.

    No more than the time since the session's heartbeat before and five seconds, nor than twenty seconds; the first
    heartbeat is measured from the first thing that was received of the session.
    """
    there = np.flatnonzero(rows["session"] >= 0)
    id_halves = halves(rows["at"][there], rows["made"][there])
    order = there[
        np.lexsort(
            (id_halves[:, 1], id_halves[:, 0], rows["at"][there], rows["received"][there], rows["session"][there])
        )
    ]
    session = rows["session"][order]
    first = np.flatnonzero(np.diff(session, prepend=-1))
    earliest = np.zeros(int(session.max(initial=0)) + 1, dtype=np.int64)
    earliest[session[first]] = rows["received"][order[first]]
    is_beat = np.zeros(len(rows["at"]), dtype=np.bool_)
    is_beat[beats] = True
    opens = np.zeros(len(rows["at"]), dtype=np.bool_)
    opens[order[first]] = True
    ordered = order[is_beat[order]]
    session, received = rows["session"][ordered], rows["received"][ordered]
    before = np.empty_like(received)
    before[1:] = received[:-1]
    begins = np.diff(session, prepend=-1) != 0
    before[begins] = earliest[session[begins]]
    limit = np.where(opens[ordered], 2 * HEARTBEAT_MS, np.minimum(received - before + SLACK_MS, 2 * HEARTBEAT_MS))
    return np.minimum(np.maximum(rows["watched"][ordered], 0), limit), ordered


def levels(keys: Ints, begins: Ints, ends: Ints, size: int) -> Ints:
    """Find for each key how many of its intervals overlap at most; one that ends when another begins does not."""
    kept = np.flatnonzero(ends > begins)
    key = np.concatenate([keys[kept], keys[kept]])
    at = np.concatenate([ends[kept], begins[kept]])
    step = np.repeat([-1, 1], len(kept))
    order = np.lexsort((step, at, key))
    level = np.cumsum(step[order])  # comes back to nought at the end of each key
    found = np.zeros(size, dtype=np.int64)
    np.maximum.at(found, key[order], level)
    return found


def day_name(day: int) -> str:
    """Name a day by its number since the epoch."""
    return str(np.datetime64(int(day), "D"))


def days_of(at: Ints) -> Ints:
    return at // DAY
