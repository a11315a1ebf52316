"""The funnel: registered → verified → first party joined → hosted a party, and how far invitations carry.

Ordered: a step counts when it happens after the one before it was reached, within its window: 7 days to verify, 14 days
for each of the others. Each user is counted at the day (UTC) of the first step, however late the others are. So a day's
last step can still grow for 35 days; `mature` tells which steps can no longer.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.slots import DAY_MS

COLUMNS = ["viewer", "step", "at"]


class Step(NamedTuple):
    """A step, and how long after the one before it may come."""

    name: str
    within_ms: int


STEPS = (
    Step("registered", 0),
    Step("verified", 7 * DAY_MS),
    Step("joined", 14 * DAY_MS),
    Step("hosted", 14 * DAY_MS),
)
SUMMED_DAYS = 90
INVITED_WITHIN_MS = 7 * DAY_MS
_SAME_MOMENT_MS = 60_000


def funnel(
    happened: pd.DataFrame, complete_ms: int, steps: Sequence[Step] = STEPS, *, since_ms: int = 0
) -> list[dict[str, Any]]:
    """Tell of each day since `since_ms` on which somebody took the first step, in order; all lists are by step.

    `happened` has one row for each time that a `viewer` did a `step`, `at` (ms); what counts is what happened before
    `complete_ms`. Each day has `day` (number since 1970), `reached` (people), `conversion` (of those who reached the step
    before; None for the first, for a step that nobody could take, and while it is not mature), `median_ms` (from the step
    before) and `mature`.
    """
    reached = times(happened[happened["at"] < complete_ms], steps)
    reached = reached[reached[steps[0].name] >= since_ms]
    day = (reached[steps[0].name] // DAY_MS).astype("int64")
    return [_of_day(int(number), people, complete_ms, steps) for number, people in reached.groupby(day, sort=True)]


def summary(happened: pd.DataFrame, complete_ms: int, steps: Sequence[Step] = STEPS) -> list[dict[str, Any]]:
    """Put the days of the last `SUMMED_DAYS` together: of each step the `people` who reached it, `of` how many, `median_ms`.

    A step tells only of the people for whom it is mature, so `of` becomes smaller with each step, and `conversion` is
    people / of, None without anybody. Of the first step both are all who took it.
    """
    reached = times(happened[happened["at"] < complete_ms], steps)
    started = reached[steps[0].name]
    reached = reached[started >= complete_ms - SUMMED_DAYS * DAY_MS]
    told: list[dict[str, Any]] = [
        {"step": steps[0].name, "people": len(reached), "of": len(reached), "conversion": None, "median_ms": None}
    ]
    waited = 0
    for before, step in pairwise(steps):
        waited += step.within_ms
        asked = reached[(reached[steps[0].name] + waited <= complete_ms) & reached[before.name].notna()]
        came = asked[asked[step.name].notna()]
        taken = came[step.name] - came[before.name]
        told.append(
            {
                "step": step.name,
                "people": len(came),
                "of": len(asked),
                "conversion": len(came) / len(asked) if len(asked) else None,
                "median_ms": float(taken.median()) if len(came) else None,
            }
        )
    return told


def times(happened: pd.DataFrame, steps: Sequence[Step] = STEPS) -> pd.DataFrame:
    """Make one row for each `viewer` who took the first step: when each step was reached (ms), NaN where it was not."""
    by_step = dict(iter(happened.groupby("step")))
    none = happened.iloc[:0]
    first = by_step.get(steps[0].name, none).groupby("viewer")["at"].min()
    reached = pd.DataFrame({steps[0].name: first.astype("float64")})
    for before, step in pairwise(steps):
        rows = by_step.get(step.name, none)
        since = rows["at"].astype("float64") - rows["viewer"].map(reached[before.name]).astype("float64")
        counted = rows[(since >= 0) & (since <= step.within_ms)]
        reached[step.name] = counted.groupby("viewer")["at"].min().reindex(reached.index).astype("float64")
    return reached


def viral_factor(happened: pd.DataFrame, from_ms: int, to_ms: int) -> dict[str, Any]:
    """Divide the users whom invitations brought by the hosts who invited, in [from_ms, to_ms).

    Brought is who registered in that time and, within 7 days of it, came into a party by an invitation (step `accepted`)
    before they joined any other way (`joined`, more than a minute earlier). A guest who accepts and registers later cannot
    be told from any other: such people are missing. Inviting hosts took the step `invited` in that time. `value` is None
    without any; `n` are the hosts, `brought` the users. The answer stands 7 days after `to_ms`.
    """
    first = {name: rows.groupby("viewer")["at"].min() for name, rows in happened.groupby("step")}
    none = pd.Series(dtype="int64")
    registered = first.get("registered", none)
    registered = registered[(registered >= from_ms) & (registered < to_ms)]
    accepted = first.get("accepted", none).reindex(registered.index)
    joined = first.get("joined", none).reindex(registered.index)
    brought = (
        (accepted >= registered) & (accepted - registered <= INVITED_WITHIN_MS) & ~(joined < accepted - _SAME_MOMENT_MS)
    )
    inviting = happened[(happened["step"] == "invited") & (happened["at"] >= from_ms) & (happened["at"] < to_ms)]
    hosts, people = int(inviting["viewer"].nunique()), int(np.count_nonzero(brought))
    return {"value": people / hosts if hosts else None, "n": hosts, "brought": people}


def _of_day(day: int, people: pd.DataFrame, complete_ms: int, steps: Sequence[Step]) -> dict[str, Any]:
    reached = [int(people[step.name].notna().sum()) for step in steps]
    waits = np.cumsum([step.within_ms for step in steps])
    mature = [bool((day + 1) * DAY_MS + wait <= complete_ms) for wait in waits]
    conversion: list[float | None] = [None]
    median: list[float | None] = [None]
    for place in range(1, len(steps)):
        came, before = reached[place], reached[place - 1]
        conversion.append(came / before if before and mature[place] else None)
        taken = people[steps[place].name] - people[steps[place - 1].name]
        median.append(float(taken.median()) if came else None)
    return {"day": day, "reached": reached, "conversion": conversion, "median_ms": median, "mature": mature}
