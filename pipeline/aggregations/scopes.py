"""Scopes: whose rows count for whom. One scope is one subject's share of all tables: a party, a video, a creator, everybody.

A row counts for a subject by its party, by its film (a video in a party) or by its session. That is all in which the
families of aggregates differ, so it is said here once, as data; what is computed of a scope is the same for all.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.slots import DAY_MS

Tables = Mapping[str, pd.DataFrame]
"""The tables of `tables.SCHEMAS`, by name."""

SUBJECT = "subject"
CANARY = "canary"
"""Parties whose ids begin so are ours, to see that the pipeline works: they count for nobody but themselves."""


class Membership(NamedTuple):
    """Which subjects the rows of a party, of a film, of a session count for; each has `subject` and the key's columns.

    Where every row has one subject, which its party alone tells, `party` says so of all and the other two are empty.
    """

    party: pd.DataFrame
    film: pd.DataFrame
    session: pd.DataFrame


def by_party(tables: Tables) -> Membership:
    """Make each party a subject."""
    parties = tables["parties"][["party_id"]]
    return Membership(
        parties.assign(subject=parties["party_id"]), _no("party_id", "video_id"), _no("party_id", "session_id")
    )


def by_platform(tables: Tables) -> Membership:
    """Make everything one subject, `all`."""
    parties = _people_s(tables["parties"])[["party_id"]]
    return Membership(parties.assign(subject="all"), _no("party_id", "video_id"), _no("party_id", "session_id"))


def by_video(tables: Tables) -> Membership:
    """Make each video a subject: its film's rows, and the presence of those who watched it."""
    views = _people_s(tables["views"])
    views = views.assign(subject=views["video_id"])
    return Membership(_no("party_id"), _keys(views, "video_id"), _keys(views, "session_id"))


def by_creator(tables: Tables) -> Membership:
    """Make each host and each uploader a subject: their parties' rows, and their films' rows in other people's parties."""
    parties, views = _people_s(tables["parties"]), _people_s(tables["views"])
    hosted = parties.loc[parties["host"].notna(), ["party_id", "host"]]
    hosted = hosted.assign(subject=hosted["host"].str.removeprefix("u:"))[hosted["host"].str.startswith("u:")]
    uploaded = views[views["uploader"].notna()].assign(subject=views["uploader"])
    return Membership(hosted[["party_id", SUBJECT]], _keys(uploaded, "video_id"), _keys(uploaded, "session_id"))


def scoped(tables: Tables, members: Membership) -> dict[str, pd.DataFrame]:
    """Give every row of every table its subjects, in the column `subject`: once for each."""
    if not len(members.film) and not len(members.session):
        subjects = dict(zip(members.party["party_id"], members.party[SUBJECT], strict=True))
        return {name: _with(tables[name], subjects) for name in _BY}
    by = {"party": members.party, "film": members.film, "session": members.session}
    by["visited"] = _keys(members.film)
    return {name: _of(tables[name], [by[key] for key in keys]) for name, keys in _BY.items()}


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


def _with(table: pd.DataFrame, subjects: dict[str, str]) -> pd.DataFrame:
    """Give each row the one subject of its party, without a join; rows whose party has none are left out."""
    subject = np.array([subjects.get(party) for party in table["party_id"]], dtype=object)
    known = np.array([name is not None for name in subject], dtype=bool)
    return table[known].assign(subject=subject[known])


def _of(table: pd.DataFrame, members: list[pd.DataFrame]) -> pd.DataFrame:
    """Join a table with each membership on the key's columns; a row that finds a subject in two ways counts once."""
    numbered = table.assign(row=range(len(table)))
    parts = [
        numbered.merge(member, on=[name for name in member if name != SUBJECT]) for member in members if len(member)
    ]
    if not parts:
        return numbered.iloc[:0].assign(subject=pd.Series(dtype="object"))
    whole = pd.concat(parts) if len(parts) > 1 else parts[0]
    whole = whole.drop_duplicates([SUBJECT, "row"]) if len(parts) > 1 else whole
    return whole.sort_values([SUBJECT, "row"], kind="stable").drop(columns="row").reset_index(drop=True)


def _keys(views: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return views[["party_id", *columns, SUBJECT]].drop_duplicates()


def _people_s(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is not people's."""
    return table[~table["party_id"].str.startswith(CANARY)]


def _no(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in (*columns, SUBJECT)})
