"""Cohorts: of the users whose first active day was c, how many came back n days later.

Classic: active on day c + n. Unbounded: active on day c + n or on any later day up to the last complete one. A cell whose
day is not over yet is None, never 0: nobody can have come back on a day that has not been.
"""

from typing import Any

import numpy as np
import pandas as pd

AFTER_DAYS = (1, 7, 30)
SHOWN = 60
"""Cohorts that are listed: those of the last days, half of which have their thirtieth day behind them."""

FEWEST_PEOPLE = 10


def cohorts(active: pd.DataFrame, complete_day: int) -> list[dict[str, Any]]:
    """Tell of each cohort of the `SHOWN` days up to `complete_day`, the last day that is over, in order.

    `active` has one row for each user (`viewer`) and `day`. Each cohort with anybody in it has `cohort` (its day), `size`,
    and for n of `AFTER_DAYS` the people who came back, `classic` and `unbounded`, by `D1`, `D7`, `D30`.
    """
    known = active[active["day"] <= complete_day]
    first = known.groupby("viewer")["day"].min()
    recent = first[first > complete_day - SHOWN]
    rows = known[known["viewer"].isin(recent.index)]
    begun = rows["viewer"].map(recent).to_numpy("int64")
    age = rows["day"].to_numpy("int64") - begun
    last_age = (rows.groupby("viewer")["day"].max() - recent).to_numpy("int64")
    starts = recent.reindex(sorted(recent.index)).to_numpy("int64")
    days, sizes = np.unique(starts, return_counts=True)
    return [
        {
            "cohort": int(day),
            "size": int(size),
            "classic": {f"D{n}": _cell(complete_day, day, n, (begun == day) & (age == n)) for n in AFTER_DAYS},
            "unbounded": {f"D{n}": _cell(complete_day, day, n, (starts == day) & (last_age >= n)) for n in AFTER_DAYS},
        }
        for day, size in zip(days, sizes, strict=True)
    ]


def retention(found: list[dict[str, Any]], kind: str = "classic") -> dict[str, dict[str, float | int | None]]:
    """Put cohorts together: for each n the `value` (people back / people of the cohorts that are complete for n) and `n`.

    `value` is None where those cohorts have fewer than `FEWEST_PEOPLE` together.
    """
    together: dict[str, dict[str, float | int | None]] = {}
    for after in AFTER_DAYS:
        name = f"D{after}"
        complete = [one for one in found if one[kind][name] is not None]
        people = sum(one["size"] for one in complete)
        back = sum(one[kind][name] for one in complete)
        together[name] = {"value": back / people if people >= FEWEST_PEOPLE else None, "n": people}
    return together


def _cell(complete_day: int, cohort: int, after: int, counted: np.ndarray) -> int | None:
    return int(np.count_nonzero(counted)) if cohort + after <= complete_day else None
