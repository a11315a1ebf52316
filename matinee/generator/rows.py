"""Events as columns of numbers: places in pools where texts belong. Rows of many kinds are added, then laid together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.generator.words import KIND

Columns = dict[str, NDArray[Any]]

SHAPE: dict[str, tuple[type, float]] = {
    "kind": (np.int16, 0),
    "v": (np.int16, 1),
    "at": (np.int64, 0),
    "sent": (np.int64, -1),
    "received": (np.int64, 0),
    "made": (np.uint64, 0),
    "party": (np.int32, -1),
    "person": (np.int32, -1),
    "session": (np.int32, -1),
    "film": (np.int32, -1),
    "carries": (np.int32, -1),
    "seq": (np.int32, 0),
    "connection": (np.int32, -1),
    "position": (np.int64, -1),
    "watched": (np.int64, -1),
    "from": (np.int64, -1),
    "to": (np.int64, -1),
    "drift": (np.float64, np.nan),
    "rtt": (np.float64, np.nan),
    "stall": (np.int64, -1),
    "startup": (np.int64, -1),
    "rate": (np.float64, np.nan),
    "height": (np.int32, -1),
    "scheduled": (np.int64, -1),
    "emoji": (np.int16, -1),
    "line": (np.int16, -1),
    "detail": (np.int32, -1),
    "first": (np.int64, -1),
}
"""Every column, its type and what stands for nothing. `made` is the chance of the event's id, `carries` the film whose
length and uploader the event tells, `line` what is said, `detail` a place among the details of the log, `first`, where
an event is received once more, when it was received first."""


class Rows:
    """Collects rows of the same columns."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, dict[str, Any]]] = []

    def add(self, kind: str | NDArray[Any], **values: Any) -> None:
        """Add rows; a plain number stands in all of them."""
        length = len(values["at"])
        if length:
            self._parts.append((length, {"kind": KIND[kind] if isinstance(kind, str) else kind, **values}))

    def laid(self) -> Columns:
        """Lay all of them together."""
        return {name: self._column(name) for name in SHAPE}

    def _column(self, name: str) -> NDArray[Any]:
        kind, nothing = SHAPE[name]
        column: NDArray[Any] = np.full(sum(length for length, _ in self._parts), nothing, dtype=kind)
        begin = 0
        for length, values in self._parts:
            if name in values:
                column[begin : begin + length] = values[name]
            begin += length
        return column


def joined(parts: list[Columns]) -> Columns:
    """Put columns after each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in SHAPE}


def taken(columns: Columns, places: NDArray[Any] | slice) -> Columns:
    """Choose rows."""
    return {name: column[places] for name, column in columns.items()}
