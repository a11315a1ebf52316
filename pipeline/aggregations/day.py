"""A day of every creator, every video and the platform: the families `creator_day`, `video_day` and `platform_day`."""

from collections.abc import Callable
from typing import Literal

import pandas as pd

from pipeline.aggregations import scopes
from pipeline.aggregations.figures import Values, figures
from pipeline.aggregations.films import films_by
from pipeline.aggregations.scopes import SUBJECT, Membership, Tables, by_creator, by_platform, by_video
from pipeline.slots import DAY_MS, day_start_ms

VERSION = 1
Kind = Literal["party", "user", "video", "platform"]
FAMILIES: dict[str, tuple[Kind, Callable[[Tables], Membership]]] = {
    "creator_day": ("user", by_creator),
    "video_day": ("video", by_video),
    "platform_day": ("platform", by_platform),
}
"""Each family's kind of subject, and whose rows count for whom."""
_PARTY_SUMS = {
    "parties_created": "created",
    "parties_started": "first_started",
    "parties_ended": "ended",
    "parties_abandoned": "ended",
    "joined": "first_started",
    "rejoined": "first_started",
    "invited": "created",
    "accepted": "created",
}
"""On which of a party's times each of its own figures is counted."""
ALONE = 2
"""A party that never had as many viewers at once is abandoned when it ends."""


def days(tables: Tables, day: str) -> dict[str, Values]:
    """Compute a UTC day of all families, by family and subject. `tables` hold all parties of which anything is on that day."""
    day_ms = day_start_ms(day)
    today, found = scopes.on_day(tables, day_ms), {}
    for family, (_, members_of) in FAMILIES.items():
        scoped = scopes.scoped(today, members_of(tables))
        scoped["parties"] = _dated(scoped["parties"], day_ms)
        values = figures(scoped, dimensions=True)
        _add_parties(values, scoped["parties"])
        if family == "video_day":
            _add_films(values, scoped["films"])
        found[family] = values
    return found


def _dated(parties: pd.DataFrame, day_ms: int) -> pd.DataFrame:
    """Count each party's own figures on the day on which they belong; those of other days are left out."""
    abandoned = parties["peak"] < ALONE
    figure = {"joined": parties["joined"], "rejoined": parties["rejoined"], "invited": parties["invited"]}
    figure |= {"accepted": parties["accepted"], "parties_abandoned": abandoned.astype("int64")}
    counted = parties[[SUBJECT]].copy()
    for name, column in _PARTY_SUMS.items():
        today = (parties[column] // DAY_MS * DAY_MS == day_ms).fillna(value=False).astype("int64")
        counted[name] = today * figure.get(name, 1)
    return counted[(counted[list(_PARTY_SUMS)] != 0).any(axis=1)]


def _add_parties(values: Values, parties: pd.DataFrame) -> None:
    summed = parties.groupby(SUBJECT)[list(_PARTY_SUMS)].sum()
    for subject, of_subject in values.items():
        row = summed.loc[subject] if subject in summed.index else dict.fromkeys(_PARTY_SUMS, 0)
        of_subject["sums"] |= {name: int(row[name]) for name in _PARTY_SUMS}


def _add_films(values: Values, films: pd.DataFrame) -> None:
    for subject, of_subject in films_by(films[SUBJECT].to_numpy(dtype=object), films).items():
        values[subject]["films"] = of_subject
