"""Events of some parties as numbers: each event once, in one order, its words replaced by codes.

Everything that the tables are made of starts here, so this is where sameness is made: whatever order, split or repeat the
events came in, the same set of them gives the same arrays. Codes are places in sorted lists of names, so that a smaller
code is a smaller name, and columns of codes can be sorted, grouped and compared in place of the words.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.aggregations.repeats import may_repeat

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Reals = np.ndarray[tuple[int], np.dtype[np.float64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
Words = np.ndarray[tuple[int], np.dtype[np.object_]]

NONE = -1
"""The code of a word that is not there, and the number in the place of a whole one that is not."""

KINDS = (
    "other", "view.started", "view.watched", "view.stalled", "view.sought", "view.failed", "view.ended", "view.quality",
    "party.created", "party.opened", "party.started", "party.vacated", "party.ended", "party.rescheduled", "party.joined",
    "party.left", "party.invited", "party.invite_accepted", "party.rsvp", "chat.sent", "reaction.sent", "playback.played",
    "playback.paused", "playback.sought", "playback.rate", "playback.video_changed", "playback.waited", "poll.opened",
    "member.kicked", "member.banned", "member.muted", "chat.deleted", "host.changed",
)  # fmt: skip
"""Types that mean something to the tables; any other event of a session shows only that the session was alive."""
KIND: dict[str, int] = {name: place for place, name in enumerate(KINDS)}
DIMENSIONS = ("device", "browser", "os", "country", "client")

RAW_COLUMNS = (
    "event_id", "type", "at", "received_at", "user_id", "guest_id", "session_id", "party_id", "video_id", "connection_id",
    *DIMENSIONS, "uploader_id", "watched_ms", "from_ms", "to_ms", "drift_ms", "startup_ms", "stall_ms", "position_ms",
    "duration_ms", "height", "scheduled_at", "emoji",
)  # fmt: skip


class Coded(NamedTuple):
    """A column of words: `names[codes[i]]`, in the order of the names; `NONE` where there is none."""

    codes: Ints
    names: Words

    def words(self, codes: Ints) -> Words:
        """Give back the words of codes, None for `NONE`."""
        found: Words = np.array([*self.names, None], dtype=object)[codes]
        return found

    def taken(self, order: Ints | Bools) -> "Coded":
        return Coded(self.codes[order], self.names)


class Rows:
    """The events, ordered by party, session, time of receipt, time and id; those without a session come first in their party."""

    def __init__(self, events: pa.Table) -> None:
        # The columns stay as they came and are put in order when they are read: not all are, and numbers are moved cheaply.
        self._events = events
        self._order = _once(events)
        party, session = self.words("party_id"), self.words("session_id")
        pair = party.codes * (len(session.names) + 1) + session.codes + 1
        ids = _Ids(events.column("event_id"), self._order)
        order = in_order(pair, self.whole("received_at"), self.whole("at"), ids)
        self._order = self._order[order]
        self.party, self.session_name = party.taken(order), session.taken(order)
        self.received, self.at_ms = self.whole("received_at"), self.whole("at")
        self.kind = _kinds(events.column("type"))[self._order]
        self.starts, self.group = _runs(pair[order])
        """Where each (party, session) begins, and which one each row belongs to."""
        self.has_session: Bools = self.session_name.codes != NONE
        self.viewer = _viewers(self.words("user_id"), self.words("guest_id"))

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def ids(self) -> "_Ids":
        return _Ids(self._events.column("event_id"), self._order)

    def is_kind(self, *names: str) -> Bools:
        """Mark the rows of some types."""
        return np.isin(self.kind, [KIND[name] for name in names])

    def kind_names(self, place: Ints) -> list[str]:
        """Name the types of some rows."""
        return [KINDS[kind] for kind in self.kind[place].tolist()]

    def whole(self, name: str) -> Ints:
        """Read a column of whole numbers; `NONE` where there is none or it is negative: nothing here may be."""
        return np.maximum(_whole(self._events, name)[self._order], NONE)

    def real(self, name: str) -> Reals:
        """Read a column of numbers; NaN where there is none."""
        found: Reals = self._events.column(name).cast(pa.float64()).to_numpy()[self._order]
        return found

    def words(self, name: str) -> Coded:
        """Read a column of words."""
        return _coded(self._events, name).taken(self._order)

    @cached_property
    def dimensions(self) -> dict[str, Words]:
        """Give each (party, session) its words of all dimensions, None where it has none."""
        columns = {name: self.words(name) for name in DIMENSIONS}
        return {name: column.words(self.per_session(column)) for name, column in columns.items()}

    def per_session(self, first_of: Coded) -> Ints:
        """Take of a column of words the first that each (party, session) has, in the order of the rows."""
        last = len(first_of.codes)
        if not last:
            return np.empty(0, dtype="int64")
        places = np.where(first_of.codes != NONE, np.arange(last), last)
        found = np.minimum.reduceat(places, self.starts)
        group_of_found = self.group[np.minimum(found, last - 1)]
        inside = (found < last) & (group_of_found == np.arange(len(self.starts)))
        return np.where(inside, first_of.codes[np.minimum(found, last - 1)], NONE)

    def session_viewer(self) -> Ints:
        """Name each (party, session)'s person: its user where any event has one (`u:` sorts after `g:`), else its guest."""
        return np.maximum.reduceat(self.viewer.codes, self.starts) if len(self) else np.empty(0, dtype="int64")

    def id_ranks(self, place: Ints) -> Ints:
        """Give each of some rows the place of its id among theirs, in order."""
        return self.ids.ranks(place)

    def by_time(self, rank: Ints, chosen: Bools) -> Ints:
        """Order the chosen rows by party, session, time, `rank` and id; returns their places."""
        places = np.flatnonzero(chosen)
        ids = _Ids(self._events.column("event_id"), self._order[places])
        return places[in_order(self.group[places], self.at_ms[places], rank[places], ids)]


class _Ids(NamedTuple):
    """The ids of some rows, read only where they decide."""

    column: pa.ChunkedArray
    order: Ints

    def ranks(self, place: Ints) -> Ints:
        """Give each of the rows at `place` the place of its id among theirs, in order."""
        if not len(place):
            return np.empty(0, dtype="int64")
        coded = self.column.take(pa.array(self.order[place])).combine_chunks().dictionary_encode()
        names = coded.dictionary.to_numpy(zero_copy_only=False)
        rank = np.empty(len(names), dtype="int64")
        rank[np.argsort(names)] = np.arange(len(names))
        found: Ints = rank[coded.indices.to_numpy(zero_copy_only=False)]
        return found


def in_order(group: Ints, first: Ints, second: Ints, ids: _Ids) -> Ints:
    """Sort by group, then `first`, `second` and the ids; returns the places.

    The first two are one key, since raw files come sorted and a sort of one key profits from it; the rest decides only
    where that is equal.
    """
    if not len(group):
        return np.empty(0, dtype="int64")
    low = int(first.min())
    span = int(first.max()) - low + 1
    if (int(group.max()) + 1) * span < 2**62:
        key = group * span + (first - low)
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        same = ordered[1:] == ordered[:-1]
    else:
        order = np.lexsort((first, group))
        same = (group[order][1:] == group[order][:-1]) & (first[order][1:] == first[order][:-1])
    if same.any():
        tied = np.zeros(len(order), dtype=bool)
        tied[1:] |= same
        tied[:-1] |= same
        run = np.cumsum(np.append(True, ~same))[tied]
        places = order[tied]
        order[tied] = places[np.lexsort((ids.ranks(places), second[places], run))]
    return order


def _once(events: pa.Table) -> Ints:
    """Choose of each event of a party the copy that was received first; all columns decide, so that no order can."""
    known = events.column("party_id").is_valid().to_numpy()
    ids = events.column("event_id").combine_chunks()
    doubled = np.flatnonzero(known & may_repeat(ids))
    codes = ids.take(pa.array(doubled)).dictionary_encode().indices.to_numpy()
    if len(doubled):
        received = _whole(events.select(["received_at"]).take(pa.array(doubled)), "received_at")
        order = np.lexsort((received, codes))
        code, received, doubled = codes[order], received[order], doubled[order]
        first = np.append(True, code[1:] != code[:-1])
        known[doubled[~first]] = False
        tied = received == received[np.flatnonzero(first)[np.cumsum(first) - 1]]
        _settle(events, known, doubled[tied])
    return np.flatnonzero(known)


def _settle(events: pa.Table, known: Bools, copies: Ints) -> None:
    """Of copies that were received at the same moment keep the one that is smallest in all columns."""
    table = events.take(pa.array(copies)).to_pandas()
    if not table["event_id"].duplicated().any():
        return
    words = table.assign(**{name: table[name].astype("string").fillna("") for name in table})
    keys = ["event_id", *(name for name in words if name != "event_id")]
    again = words.sort_values(keys).duplicated("event_id")
    known[copies] = True
    known[copies[again[again].index.to_numpy()]] = False


def _coded(events: pa.Table, name: str) -> Coded:
    column = events.column(name)
    coded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = coded.combine_chunks()
    names = whole.dictionary.to_numpy(zero_copy_only=False).astype(object)
    codes = pc.fill_null(whole.indices, NONE).to_numpy(zero_copy_only=False).astype("int64")
    there = np.flatnonzero(
        np.bincount(codes + 1, minlength=len(names) + 1)[1:]
    )  # a dictionary may hold more than its rows
    order = there[np.argsort(names[there])] if len(there) else there
    rank = np.full(len(names) + 1, NONE)
    rank[order] = np.arange(len(order))
    return Coded(rank[codes], names[order])


def _whole(events: pa.Table, name: str) -> Ints:
    column = events.column(name)
    found: Ints = pc.fill_null(column.cast(pa.int64()), NONE).to_numpy().astype("int64", copy=False)
    return found


def _runs(keys: Ints) -> tuple[Ints, Ints]:
    """Cut sorted keys into runs: where each begins, and the run of each row."""
    if not len(keys):
        return np.empty(0, dtype="int64"), np.empty(0, dtype="int64")
    begins = np.append(True, keys[1:] != keys[:-1])
    return np.flatnonzero(begins), np.cumsum(begins) - 1


def _kinds(types: pa.ChunkedArray) -> Ints:
    place = pc.index_in(types.cast(pa.string()), value_set=pa.array(KINDS))
    found: Ints = pc.fill_null(place, KIND["other"]).to_numpy().astype("int64")
    return found


def _viewers(users: Coded, guests: Coded) -> Coded:
    """Name the person of each row: the user, else the guest. The letter keeps the two kinds of id apart."""
    names = np.array([*(f"g:{name}" for name in guests.names), *(f"u:{name}" for name in users.names)], dtype=object)
    codes = np.where(users.codes != NONE, users.codes + len(guests.names), guests.codes)
    return Coded(codes, names)


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Put raw tables together whose dictionaries differ."""
    return pa.concat_tables(tables).unify_dictionaries()


def nullable(values: Ints) -> pd.arrays.IntegerArray:
    """Make a column of whole numbers in which `NONE` is null."""
    return pd.arrays.IntegerArray(np.maximum(values, 0).astype("int64"), values == NONE)


def last_of(groups: Ints, order: Ints, values: Ints) -> pd.Series:
    """Take of each group the value that comes last in `order`."""
    return pd.Series(values[order], index=groups[order]).groupby(level=0).last()
