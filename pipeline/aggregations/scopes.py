"""Scopes: whose rows count for whom. One scope is one subject's share of all tables: a party, a video, a creator, everybody.

A row counts for a subject by its party, by its film (a video in a party) or by its session. That is all in which the
families of aggregates differ, so it is said here once, as data; what is computed of a scope is the same for all.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import Ints, Words
from pipeline.slots import DAY_MS

Tables = Mapping[str, pd.DataFrame]
"""The tables of `tables.SCHEMAS`, by name."""

SUBJECT = "subject"
CANARY = "canary"
"""Parties whose ids begin so are ours, to see that the pipeline works: they count for nobody but themselves."""


class Pairs(NamedTuple):
    """Keys, sorted, and for each the subject that it counts for; a key with several subjects stands several times."""

    key: Ints
    subject: Words


class Membership(NamedTuple):
    """Which subjects the rows of a party, of a film, of a session count for."""

    keys: "Keys"
    party: Pairs
    film: Pairs
    session: Pairs
    visited: Pairs
    """Parties in which a film of the subject was seen."""


class Keys:
    """Numbers for the parties, films and sessions of some tables, so that rows are joined by numbers and not by words."""

    def __init__(self, tables: Tables) -> None:
        self._parties = pd.Index(tables["parties"]["party_id"], dtype="object")
        self._videos = pd.Index(tables["views"]["video_id"].unique(), dtype="object")
        self._sessions = pd.Index(tables["views"]["session_id"].unique(), dtype="object")

    def party(self, table: pd.DataFrame) -> Ints:
        return _numbers(self._parties, table["party_id"])

    def film(self, table: pd.DataFrame) -> Ints:
        """Give the number of the film in each row: -1 for a video that nobody viewed, of which there is no film."""
        video = _numbers(self._videos, table["video_id"])
        return np.where(video < 0, -1, self.party(table) * len(self._videos) + video)

    def session(self, table: pd.DataFrame) -> Ints:
        session = _numbers(self._sessions, table["session_id"])
        return np.where(session < 0, -1, self.party(table) * len(self._sessions) + session)


def by_party(tables: Tables) -> Membership:
    """Make each party a subject."""
    return _of_parties(Keys(tables), tables["parties"], tables["parties"]["party_id"])


def by_platform(tables: Tables) -> Membership:
    """Make everything one subject, `all`."""
    parties = _people_s(tables["parties"])
    return _of_parties(Keys(tables), parties, np.full(len(parties), "all", dtype=object))


def by_video(tables: Tables) -> Membership:
    """Make each video a subject: its film's rows, and the presence of those who watched it."""
    keys, views = Keys(tables), _people_s(tables["views"])
    return _of_films(keys, views, views["video_id"], _pairs(np.empty(0, dtype="int64"), ()))


def by_creator(tables: Tables) -> Membership:
    """Make each host and each uploader a subject: their parties' rows, and their films' rows in other people's parties."""
    keys, parties, views = Keys(tables), _people_s(tables["parties"]), _people_s(tables["views"])
    hosts = parties["host"].to_numpy(dtype=object)
    hosted = np.array([isinstance(host, str) and host.startswith("u:") for host in hosts], dtype=bool)
    own = _pairs(keys.party(parties)[hosted], [host.removeprefix("u:") for host in hosts[hosted]])
    uploaded = views[views["uploader"].notna()]
    return _of_films(keys, uploaded, uploaded["uploader"], own)


def scoped(tables: Tables, members: Membership) -> dict[str, pd.DataFrame]:
    """Give every row of every table its subjects, in the column `subject`: once for each."""
    numbers = {"party": members.keys.party, "visited": members.keys.party}
    numbers |= {"film": members.keys.film, "session": members.keys.session}
    found = {}
    for name in _BY.keys() & tables.keys():
        table = tables[name]
        joins = [(numbers[by](table), getattr(members, by)) for by in _BY[name] if len(getattr(members, by).key)]
        found[name] = _joined(table, joins)
    return found


_BY: dict[str, tuple[str, ...]] = {
    "parties": ("party",),
    "windows": ("party", "visited"),
    "presence": ("party", "session"),
    "views": ("party", "film"),
    "watch": ("party", "film"),
    "voices": ("party", "film"),
    "films": ("party", "film"),
    "drift": ("party", "film"),
}
"""By what the rows of each table find their subjects. A party is live for a video's subject where the video was seen in it."""


def on_day(tables: Tables, day_ms: int) -> dict[str, pd.DataFrame]:
    """Cut the tables to the UTC day that begins at `day_ms`."""
    ends = day_ms + DAY_MS
    found = dict(tables)
    for name, column in (("views", "at"), ("watch", "hour"), ("voices", "at"), ("films", "day"), ("drift", "hour")):
        table = tables[name]
        found[name] = table[(table[column] >= day_ms) & (table[column] < ends)]
    found["presence"] = _cut(tables["presence"], "start", "end", day_ms, ends)
    found["windows"] = _cut(tables["windows"], "opens", "closes", day_ms, ends)
    return found


def _cut(table: pd.DataFrame, first: str, last: str, begins: int, ends: int) -> pd.DataFrame:
    inside = table[(table[first] < ends) & (table[last] > begins)]
    return inside.assign(**{first: inside[first].clip(lower=begins), last: inside[last].clip(upper=ends)})


def _joined(table: pd.DataFrame, joins: list[tuple[Ints, Pairs]]) -> pd.DataFrame:
    """Join rows and subjects on their keys; a row that finds a subject in two ways counts once. By subject, then row."""
    rows, subjects = [np.empty(0, dtype="int64")], [np.empty(0, dtype=object)]
    for key, pairs in joins:
        first, last = np.searchsorted(pairs.key, key), np.searchsorted(pairs.key, key, side="right")
        count = last - first
        rows.append(np.repeat(np.arange(len(key)), count))
        place = np.arange(len(rows[-1])) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        subjects.append(pairs.subject[place])
    code, names = pd.factorize(np.concatenate(subjects), sort=True)
    each = np.unique(code * max(1, len(table)) + np.concatenate(rows))
    found = table.iloc[each % max(1, len(table))].reset_index(drop=True)
    found[SUBJECT] = np.asarray(names, dtype=object)[each // max(1, len(table))]
    return found


def _of_parties(keys: Keys, parties: pd.DataFrame, subjects: Iterable[str]) -> Membership:
    nothing = _pairs(np.empty(0, dtype="int64"), ())
    return Membership(keys, _pairs(keys.party(parties), subjects), nothing, nothing, nothing)


def _of_films(keys: Keys, views: pd.DataFrame, subjects: pd.Series, own: Pairs) -> Membership:
    """Make the membership of those who have films, given by rows of `views`, and parties of their `own`."""
    words = subjects.to_numpy(dtype=object)
    return Membership(
        keys,
        own,
        _pairs(keys.film(views), words),
        _pairs(keys.session(views), words),
        _pairs(keys.party(views), words),
    )


def _pairs(key: Ints, subjects: Iterable[str]) -> Pairs:
    """Sort keys with their subjects, each pair once."""
    code, names = pd.factorize(np.array([*subjects], dtype=object), sort=True)
    each = np.unique(key * max(1, len(names)) + code)
    return Pairs(each // max(1, len(names)), np.asarray(names, dtype=object)[each % max(1, len(names))])


def _numbers(index: pd.Index, words: pd.Series) -> Ints:
    found: Ints = index.get_indexer(words)
    return found


def _people_s(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is not people's."""
    return table[~table["party_id"].str.startswith(CANARY)]
