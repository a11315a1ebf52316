"""Accepted watch: how much of the time that each heartbeat claims is believed.

    w_i = min(watched_i, received_i - received_{i-1} + 5 s, 2H)

`received` is the server's clock, so that no client can claim more than the time that passed. The first heartbeat of a
session is measured from the session's first event (its join); where it is itself the first, only 2H bounds it.
"""

from typing import NamedTuple

import numpy as np

from pipeline.aggregations.rows import NONE, Coded, Ints, Reals, Rows

HEARTBEAT_MS = 10_000
"""H: viewers report each ten seconds."""
SLACK_MS = 5_000
"""A heartbeat may be late by this much, and the one after it early."""


class Beats(NamedTuple):
    """The heartbeats of sessions, in the order of the rows."""

    place: Ints
    """Where each stands in the rows."""
    group: Ints
    """Its (party, session)."""
    accepted: Ints
    """ms"""
    video: Coded
    at_ms: Ints
    drift: Reals
    """|drift|, ms; NaN where it is not known."""


def beats(rows: Rows, video: Coded) -> Beats:
    """Find the heartbeats and what is accepted of each. `video` is the rows' column of videos."""
    place = np.flatnonzero(rows.is_kind("view.watched") & rows.has_session)
    group, received = rows.group[place], rows.received[place]
    first_place = rows.starts[group]
    before = np.append(NONE, received[:-1])
    is_first = np.append(True, group[1:] != group[:-1]) if len(group) else np.empty(0, dtype=bool)
    since = received - np.where(is_first, rows.received[first_place], before)
    limit = np.where(place == first_place, 2 * HEARTBEAT_MS, np.minimum(since + SLACK_MS, 2 * HEARTBEAT_MS))
    claimed = np.maximum(rows.whole("watched_ms")[place], 0)
    accepted = np.maximum(np.minimum(claimed, limit), 0)
    return Beats(place, group, accepted, video.taken(place), rows.at_ms[place], np.abs(rows.real("drift_ms")[place]))
