"""Names of the arrays that everything here is made of, and what numpy lacks for them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
"""Places in a pool; -1 is none."""
Codes = NDArray[np.int16]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Chances = NDArray[np.uint64]

SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000


def counted(counts: Ints) -> tuple[Ints, Ints]:
    """Lay groups of `counts` rows one after the other: the group of each row, and its number in the group."""
    group = np.repeat(np.arange(len(counts)), counts)
    begins = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - begins[group]


def ranges(begins: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Lay ranges one after the other: the range of each row, and the value it stands for."""
    group, number = counted(counts)
    return group, begins[group] + number


def whole(values: NDArray[Any]) -> Ints:
    """Round to whole numbers."""
    rounded: Ints = np.rint(values).astype(np.int64)
    return rounded


def day_of(at: Ints) -> Ints:
    """Tell the number of the day in UTC, from 1970 on."""
    return at // DAY
