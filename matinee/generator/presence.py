"""When sessions were there, and when parties were live, by the rules of analytics."""

import numpy as np

from matinee.generator.arrays import Ints
from matinee.generator.logbook import Ends
from matinee.generator.rows import Columns
from matinee.generator.tallies import TIMEOUT_MS
from matinee.generator.visits import Visits

_NEVER = np.iinfo(np.int64).max


def intervals(visits: Visits, rows: Columns) -> tuple[Ints, Ints, Ints]:
    """Tell when each session was there: its number, from, to.

    A connection that is back within half a minute was never away. Where no leave was seen, the session lasts until half
    a minute after its last event.
    """
    session = np.arange(len(visits.party))
    last = np.full(len(session), -1)
    there = rows["session"] >= 0
    np.maximum.at(last, rows["session"][there], rows["at"][there])
    ends = np.where(visits.leaves, visits.leave, last + TIMEOUT_MS)
    away = np.flatnonzero((visits.back >= 0) & (visits.back - visits.noticed > TIMEOUT_MS))
    first_ends = ends.copy()
    first_ends[away] = visits.noticed[away]
    return (
        np.concatenate([session, away]),
        np.concatenate([visits.join, visits.back[away]]),
        np.concatenate([first_ends, ends[away]]),
    )


def live(ends: Ends, party: Ints, begins: Ints, until: Ints) -> tuple[Ints, Ints]:
    """Tell from when to when each party was live, given who was there when.

    From its start, or where that was not seen from the first presence; to its end, and where nobody ended it to the last
    presence. Where nobody was there, to before it began.
    """
    size = len(ends.started)
    first, last = np.full(size, _NEVER), np.full(size, -1)
    np.minimum.at(first, party, begins)
    opens = np.where(ends.started >= 0, ends.started, first)
    limit = np.where(ends.ended >= 0, ends.ended, np.where(ends.vacated >= 0, ends.vacated, _NEVER))
    inside = (begins < limit[party]) & (until > opens[party])
    np.maximum.at(last, party[inside], until[inside])
    return opens, np.where(ends.ended >= 0, ends.ended, np.minimum(last, limit))
