"""A day of every creator, every video and the platform: the families `creator_day`, `video_day` and `platform_day`."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
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
        names, parts = scoped
        parts["parties"] = _dated(parts["parties"], day_ms)
        values = figures(scoped, dimensions=True)
        _add_parties(values, names, parts["parties"])
        if family == "video_day":
            _add_films(values, names, parts["films"])
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


def _add_parties(values: Values, names: Sequence[str], parties: pd.DataFrame) -> None:
    for of_subject in values.values():
        of_subject["sums"] |= dict.fromkeys(_PARTY_SUMS, 0)
    summed = parties.groupby(SUBJECT)[list(_PARTY_SUMS)].sum()
    for code, *counts in summed.itertuples():
        values[names[code]]["sums"] |= {name: int(count) for name, count in zip(_PARTY_SUMS, counts, strict=True)}


def _add_films(values: Values, names: Sequence[str], films: pd.DataFrame) -> None:
    subjects = np.array([*names], dtype=object)[films[SUBJECT].to_numpy()]
    for subject, of_subject in films_by(subjects, films).items():
        values[subject]["films"] = of_subject
