"""Scopes: whose rows count for whom. One scope is one subject's share of all tables: a party, a video, a creator, everybody.

A row counts for a subject by its party, by its film (a video in a party) or by its session. That is all in which the
families of aggregates differ, so it is said here once, as data; what is computed of a scope is the same for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import Ints
from pipeline.slots import DAY_MS

Tables = Mapping[str, pd.DataFrame]
"""The tables of `tables.SCHEMAS`, by name."""

SUBJECT = "subject"
CANARY = "canary"
"""Parties whose ids begin so are ours, to see that the pipeline works: they count for nobody but themselves."""


class Pairs(NamedTuple):
    """Keys, sorted, and for each the subject that it counts for; a key with several subjects stands several times."""

    key: Ints
    subject: Ints


class Membership(NamedTuple):
    """Which subjects the rows of a party, of a film, of a session count for; subjects by their numbers in `names`, in order."""

    keys: "Keys"
    names: Sequence[str]
    party: Pairs
    film: Pairs
    session: Pairs
    visited: Pairs
    """Parties in which a film of the subject was seen."""


class Scoped(NamedTuple):
    """Tables in which each row stands once for each subject that it counts for: the number in `names` is the column `subject`."""

    names: Sequence[str]
    tables: dict[str, pd.DataFrame]


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
    return _of_parties(Keys(tables), parties, ["all"] * len(parties))


def by_video(tables: Tables) -> Membership:
    """Make each video a subject: its film's rows, and the presence of those who watched it."""
    keys, views = Keys(tables), _people_s(tables["views"])
    return _of_films(keys, views, views["video_id"], np.empty(0, dtype="int64"), [])


def by_creator(tables: Tables) -> Membership:
    """Make each host and each uploader a subject: their parties' rows, and their films' rows in other people's parties."""
    keys, parties, views = Keys(tables), _people_s(tables["parties"]), _people_s(tables["views"])
    hosts = parties["host"].to_numpy(dtype=object)
    hosted = np.array([isinstance(host, str) and host.startswith("u:") for host in hosts], dtype=bool)
    uploaded = views[views["uploader"].notna()]
    own = [host.removeprefix("u:") for host in hosts[hosted]]
    return _of_films(keys, uploaded, uploaded["uploader"], keys.party(parties)[hosted], own)


def scoped(tables: Tables, members: Membership) -> Scoped:
    """Give every row of every table its subjects: once for each."""
    numbers = {"party": members.keys.party, "visited": members.keys.party}
    numbers |= {"film": members.keys.film, "session": members.keys.session}
    found = {}
    for name in _BY.keys() & tables.keys():
        table = tables[name]
        joins = [(numbers[by](table), getattr(members, by)) for by in _BY[name] if len(getattr(members, by).key)]
        found[name] = _joined(table, joins)
    return Scoped(members.names, found)


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
    size = max(1, len(table))
    found = [np.empty(0, dtype="int64")]
    for key, pairs in joins:
        first, last = np.searchsorted(pairs.key, key), np.searchsorted(pairs.key, key, side="right")
        count = last - first
        rows = np.repeat(np.arange(len(key)), count)
        place = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        found.append(pairs.subject[place] * size + rows)
    each = np.sort(np.concatenate(found))
    if len(joins) > 1:
        each = each[np.diff(each, prepend=-1) > 0]
    return table.iloc[each % size].reset_index(drop=True).assign(**{SUBJECT: each // size})


def _of_parties(keys: Keys, parties: pd.DataFrame, subjects: Iterable[str]) -> Membership:
    code, names = _coded(subjects)
    nothing = Pairs(code[:0], code[:0])
    return Membership(keys, names, _pairs(keys.party(parties), code), nothing, nothing, nothing)


def _of_films(
    keys: Keys, views: pd.DataFrame, subjects: Iterable[str], parties: Ints, owners: Sequence[str]
) -> Membership:
    """Make the membership of those who have films, given by rows of `views`, and of the `owners` of `parties`."""
    codes, names = _coded([*owners, *subjects])
    own, code = codes[: len(owners)], codes[len(owners) :]
    return Membership(
        keys,
        names,
        _pairs(parties, own),
        _pairs(keys.film(views), code),
        _pairs(keys.session(views), code),
        _pairs(keys.party(views), code),
    )


def _coded(subjects: Iterable[str]) -> tuple[Ints, list[str]]:
    code, names = pd.factorize(np.array([*subjects], dtype=object), sort=True)
    return code, names.tolist()


def _pairs(key: Ints, subject: Ints) -> Pairs:
    """Sort keys with their subjects, each pair once."""
    count = int(subject.max(initial=0)) + 1
    each = np.unique(key * count + subject)
    return Pairs(each // count, each % count)


def _numbers(index: pd.Index, words: pd.Series) -> Ints:
    found: Ints = index.get_indexer(words)
    return found


def _people_s(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is not people's."""
    return table[~table["party_id"].str.startswith(CANARY)]
