"""A day of all users, family `people_day`: who was active, where they came from, whether they stay, how many there will be."""

from typing import Any

import pandas as pd

from pipeline.aggregations import activity, clients, cohorts, forecast, funnel, lifecycle
from pipeline.slots import DAY_MS, day_of

VERSION = 1
PERIODS = (activity.WEEK, activity.MONTH)
STEPS = tuple(step.name for step in funnel.STEPS)


def people_day(days: pd.DataFrame, happened: pd.DataFrame, day: int, complete_ms: int) -> dict[str, Any]:
    """Compute the values of `day` (a number since 1970) from what happened up to its end.

    `days` are user days, `happened` has `viewer`, `step`, `at`. What is complete up to `complete_ms`, which may lie in the
    day or after it, decides what a cohort or the funnel can know.
    """
    known = days[days["day"] <= day]
    active = activity.active_days(known)
    until_ms = min(complete_ms, (day + 1) * DAY_MS)
    last_whole = until_ms // DAY_MS - 1
    counted = activity.counts(active, day, day).iloc[0]
    steps = happened[happened["at"] < until_ms]
    registered = steps[(steps["step"] == STEPS[0]) & (steps["at"] >= day * DAY_MS)]
    return {
        "sums": {
            **{name: int(counted[name]) for name in ("dau", "wau", "mau")},
            "registered": int(registered["viewer"].nunique()),
        },
        "lists": {
            "lifecycle": [{"days": period, **lifecycle.lifecycle(active, day, period)} for period in PERIODS],
            "active_days": activity.histogram(active, day),
            **_cohorts(active, last_whole),
            **_funnel(steps, until_ms),
            "forecast": _forecast(active, last_whole),
            "clients": clients.comparisons(known, day - activity.MONTH + 1, day),
        },
    }


def _cohorts(active: pd.DataFrame, last_whole: int) -> dict[str, Any]:
    found = cohorts.cohorts(active, last_whole)
    return {
        "cohorts": [one | {"cohort": _name(one["cohort"])} for one in found],
        "retention": {kind: cohorts.retention(found, kind) for kind in ("classic", "unbounded")},
    }


def _funnel(steps: pd.DataFrame, until_ms: int) -> dict[str, Any]:
    """Tell of the funnel, without a step that nobody has ever taken: it would end there for everybody."""
    taken = set(steps["step"])
    chosen = [step for step in funnel.STEPS if step.name in taken or step.name == STEPS[0]]
    to_ms = until_ms - funnel.INVITED_WITHIN_MS
    from_ms = to_ms - activity.MONTH * DAY_MS
    by_day = funnel.funnel(steps, until_ms, chosen, since_ms=until_ms - cohorts.SHOWN * DAY_MS)
    viral = funnel.viral_factor(steps, from_ms, to_ms)
    return {
        "funnel": funnel.summary(steps, until_ms, chosen),
        "funnel_days": [one | {"day": _name(one["day"])} for one in by_day],
        "viral_factor": viral | {"from": day_of(from_ms), "to": day_of(to_ms)},
    }


def _forecast(active: pd.DataFrame, last_whole: int) -> dict[str, Any]:
    """Forecast daily active users from the whole days since the first."""
    first = int(active["day"].min()) if len(active) else last_whole + 1
    series = activity.within(active, 1, first, last_whole) if first <= last_whole else active["day"].to_numpy()[:0]
    found = forecast.forecast(series)
    points = [[_name(last_whole + int(ahead)), *bounds] for ahead, *bounds in found["points"]]
    return {"metric": "dau", **found, "points": points}


def _name(day: int) -> str:
    return day_of(day * DAY_MS)
