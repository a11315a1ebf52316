"""How events arrive: later than they happened, some twice, with what the client's own clock said."""

# ruff: noqa: PLR2004 - its figures are what this file is about

import numpy as np
from numpy.random import Generator

from matinee.generator import ids
from matinee.generator.arrays import DAY, HOUR, MINUTE, SECOND, Ints, whole
from matinee.generator.parameters import Parameters
from matinee.generator.rows import Columns, joined, taken
from matinee.generator.words import KINDS
from matinee.generator.world import People

LATEST_MS = 7 * DAY - MINUTE
"""What comes later than seven days is not believed."""
_VIEWER = np.array([kind.source == "viewer" for kind in KINDS])
_LOG = np.array([kind.source == "log" for kind in KINDS])


def delivered(chance: Generator, parameters: Parameters, people: People, rows: Columns, until_ms: int) -> Columns:
    """Give every event its id and the time at which it was received; some are received once more."""
    count = len(rows["at"])
    rows["made"] = ids.chances(chance, count)
    viewer, log = _VIEWER[rows["kind"]], _LOG[rows["kind"]]
    rows["received"] = np.where(viewer, _received(chance, parameters, rows["at"], until_ms), rows["at"])
    old = viewer & people.old_schema[rows["person"]]
    rows["v"] = np.where(old, 0, 1).astype(np.int16)
    skewed = rows["at"] + people.skew_ms[rows["person"]]
    rows["sent"] = np.where(viewer & ~old, skewed, -1)
    rows["received"] = np.where(log, _committed(rows), rows["received"])
    _number(rows)
    return joined([rows, _copies(chance, parameters, rows, viewer, until_ms)])


def _received(chance: Generator, parameters: Parameters, at: Ints, until_ms: int) -> Ints:
    """Be late: log-normal, and a tail of minutes and rarely of days. Nothing is received after the history's end."""
    count = len(at)
    late = whole(parameters.lateness_median_ms * np.exp(chance.normal(0, parameters.lateness_sigma, count)))
    held = chance.random(count) < parameters.late_share
    late = np.where(held, whole(chance.exponential(4 * MINUTE, count)) + 30 * SECOND, late)
    very = held & (chance.random(count) < parameters.very_late_share)
    late = np.where(very, whole(chance.random(count) ** 2 * (LATEST_MS - HOUR)) + HOUR, late)
    received: Ints = np.maximum(at, np.minimum(at + late, until_ms - 1))
    return received


def _committed(rows: Columns) -> Ints:
    """Commit some milliseconds later, in the order of the log; what happened at one millisecond, together."""
    committed: Ints = rows["at"] + 2 + rows["party"] % 17
    return committed


def _number(rows: Columns) -> None:
    """Give the events of each party's log their seqs, by time."""
    places = np.flatnonzero(_LOG[rows["kind"]])
    order = places[np.lexsort((rows["made"][places], rows["kind"][places], rows["at"][places], rows["party"][places]))]
    party = rows["party"][order]
    begins = np.flatnonzero(np.diff(party, prepend=-2))
    rows["seq"][order] = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order)))) + 1


def _copies(chance: Generator, parameters: Parameters, rows: Columns, viewer: Ints, until_ms: int) -> Columns:
    chosen = np.flatnonzero(viewer & (chance.random(len(viewer)) < parameters.duplicate_share))
    again = taken(rows, chosen)
    later = 200 + whole(chance.exponential(30 * SECOND, len(chosen)))
    later = np.where(chance.random(len(chosen)) < 0.1, whole(chance.random(len(chosen)) * 30 * HOUR) + MINUTE, later)
    again["first"] = again["received"]
    again["received"] = again["received"] + later
    kept = (again["received"] < until_ms) & (again["received"] - again["at"] <= LATEST_MS)
    return taken(again, np.flatnonzero(kept))
