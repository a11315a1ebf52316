"""Checks on what is brought to the lake: what cannot be true is set aside, whole, where staff can look at it.

A row that fails goes to `quarantine` with the name of the check, the first in this order, and into no figure; nothing is
dropped. An event of a type that is not known yet is no fault: a newer node may have made it. It is counted, and kept.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schema
from pipeline.schema import EARLIEST_MS, INTEGERS, LATEST_LATENESS_MS, REALS, WIDEST

Array = np.ndarray[Any, Any]

LONGEST_WATCH_MS = 600_000
"""A player tells what it played every ten seconds; one that slept tells it once, not sixty times as much."""

KNOWN = frozenset({
    "account.blocked", "account.deleted", "account.followed", "account.logged_in", "account.logged_out",
    "account.registered", "account.verified", "chat.deleted", "chat.edited", "chat.reacted", "chat.sent",
    "drive.connected", "drive.disconnected", "drive.imported", "host.changed", "knock.answered", "member.banned",
    "member.joined", "member.kicked", "member.left", "member.muted", "member.role", "party.created", "party.ended",
    "party.invite_accepted", "party.invited", "party.joined", "party.left", "party.opened", "party.rescheduled",
    "party.rsvp", "party.rsvp_withdrawn", "party.scheduled", "party.started", "party.vacated", "playback.paused",
    "playback.played", "playback.rate", "playback.sought", "playback.video_changed", "playback.wait_over",
    "playback.waited", "poll.closed", "poll.opened", "poll.voted", "queue.added", "queue.cleared", "queue.moved",
    "queue.removed", "queue.voted", "reaction.sent", "settings.changed", "skip.voted", "video.added", "video.commented",
    "video.deleted", "video.liked", "video.ready", "view.ended", "view.failed", "view.quality", "view.sought",
    "view.stalled", "view.started", "view.watched",
})  # fmt: skip
OF_SESSIONS = ("view.", "party.joined", "party.left")
OF_PARTIES = (
    "chat.", "host.", "knock.", "member.", "party.", "playback.", "poll.", "queue.", "reaction.", "settings.", "skip.",
)  # fmt: skip
"""Types, by how they begin; what is viewed may be viewed alone."""


class Check(NamedTuple):
    """One check: which rows of a table fail it."""

    name: str
    meaning: str
    fails: Callable[[pa.Table], Array]
    sets_aside: bool = True


class Examined(NamedTuple):
    """What the checks make of some events."""

    good: pa.Table
    bad: pa.Table
    """With a further column, `check`."""
    unknown: Array
    """When those of `good` were received whose type is not known, in ms."""


def _unknown(events: pa.Table) -> Array:
    return _of_types(events, lambda kind: kind not in KNOWN)


def _impossible(events: pa.Table) -> Array:
    failed = np.zeros(len(events), bool)
    for name in sorted(INTEGERS | REALS):
        lowest = -WIDEST + 1 if name == "drift_ms" else 0
        failed |= _outside(events.column(name), lowest, WIDEST - 1)
    return failed


def _too_long(events: pa.Table) -> Array:
    return _outside(events.column("watched_ms"), 0, LONGEST_WATCH_MS)


def _backwards(events: pa.Table) -> Array:
    played = _of_types(events, lambda kind: kind == "view.watched")
    return played & _true(pc.greater(events.column("from_ms"), events.column("to_ms")))


def _far_off(events: pa.Table) -> Array:
    at, received = (events.column(name).cast(pa.int64()) for name in ("at", "received_at"))
    return _outside(pc.subtract(at, received), -LATEST_LATENESS_MS, EARLIEST_MS)


def _no_session(events: pa.Table) -> Array:
    return _of_types(events, lambda kind: kind.startswith(OF_SESSIONS)) & _true(events.column("session_id").is_null())


def _no_party(events: pa.Table) -> Array:
    return _of_types(events, lambda kind: kind.startswith(OF_PARTIES)) & _true(events.column("party_id").is_null())


CHECKS = (
    Check("unknown_type", "A type that this version does not know; the row is kept.", _unknown, sets_aside=False),
    Check("impossible_number", "A measure that is negative (a drift may be) or 2^53 or more.", _impossible),
    Check("too_long", "More than ten minutes watched since the heartbeat before.", _too_long),
    Check("backwards", "A played piece that ends before it begins.", _backwards),
    Check("far_off", "More than seven days before its arrival, or more than a minute after it.", _far_off),
    Check("no_session", "An event of a viewing session that names none.", _no_session),
    Check("no_party", "An event of a party that names none.", _no_party),
)


def quarantine_schema() -> pa.Schema:
    """Return the schema of what is set aside: that of the lake, and why."""
    return schema.arrow_schema().append(pa.field("check", pa.string()))


def examine(events: pa.Table) -> Examined:
    """Apply all checks to events under the lake's schema."""
    failed = np.zeros(len(events), np.int8)
    unknown = np.zeros(len(events), bool)
    for number, check in enumerate(CHECKS, start=1):
        found = check.fails(events)
        if check.sets_aside:
            failed[found & (failed == 0)] = number
        else:
            unknown |= found
    bad = failed > 0
    arrived = events.column("received_at").cast(pa.int64()).to_numpy()
    aside = events.filter(pa.array(bad))
    names = pa.array([CHECKS[number - 1].name for number in failed[bad].tolist()], pa.string())
    return Examined(
        good=events.filter(pa.array(~bad)) if bad.any() else events,
        bad=pa.table([*aside.columns, names], schema=quarantine_schema()),
        unknown=arrived[unknown & ~bad],
    )


def counted(bad: pa.Table, unknown: int = 0) -> dict[str, int]:
    """Count by check what was found in one file's events; checks that found nothing are not listed."""
    found = Counter(bad.column("check").to_pylist())
    if unknown:
        found["unknown_type"] = unknown
    return {check.name: found[check.name] for check in CHECKS if found[check.name]}


def _of_types(events: pa.Table, chosen: Callable[[str], bool]) -> Array:
    """Tell which events have a chosen type: each type is looked at once."""
    types = events.column("type").unify_dictionaries().combine_chunks()
    wanted = np.array([*map(chosen, types.dictionary.to_pylist()), False])
    found: Array = wanted[pc.fill_null(types.indices, -1).to_numpy(zero_copy_only=False)]
    return found


def _outside(column: pa.ChunkedArray, lowest: float, highest: float) -> Array:
    """Tell which values are not between two bounds; none is needed for a column whose ends are."""
    ends = pc.min_max(column)
    if not ends["min"].is_valid or (ends["min"].as_py() >= lowest and ends["max"].as_py() <= highest):
        return np.zeros(len(column), bool)
    return _true(pc.or_(pc.less(column, lowest), pc.greater(column, highest)))


def _true(found: pa.ChunkedArray) -> Array:
    """Give a mask; what is not known fails nothing."""
    mask: Array = pc.fill_null(found, False).to_numpy()  # noqa: FBT003 - pyarrow's way to write it
    return mask
