"""Clients compared: what the people with each client of the last days got, beside those with the most used one."""

from typing import Any

import pandas as pd

from pipeline.aggregations.experiment import FEWEST, compare_means, compare_proportions

MEANS = {
    "startup_ms": ("startup_ms", "startups"),
    "watch_ms_per_attempt": ("watched", "attempts"),
    "experience_score": ("experience", "experiences"),
}
"""Of each person, one sum over another."""
FAILURES = "people_with_a_failure"


def comparisons(days: pd.DataFrame, first: int, last: int) -> list[dict[str, Any]]:
    """Compare each client that at least `FEWEST` people used with the most used one, over the days `first` … `last`.

    `days` are user days. Each row has `metric`, the clients `a` (the most used) and `b` as `of`, and what
    `experiment.compare_means` tells, of shares of people `compare_proportions`.
    """
    inside = days[(days["day"] >= first) & (days["day"] <= last)]
    people = inside.groupby("client")["viewer"].nunique()
    used = people[people >= FEWEST].sort_index().sort_values(ascending=False, kind="stable")
    if not len(used):
        return []
    summed = (
        inside.groupby(["viewer", "client"], as_index=False).sum(numeric_only=True).rename(columns={"client": "group"})
    )
    base = str(used.index[0])
    found = []
    for other in sorted(str(name) for name in used.index[1:]):
        of = {"of": {"a": base, "b": other}}
        for metric, (over, under) in MEANS.items():
            rows = summed[summed[under] > 0]
            found.append(
                {"metric": metric} | of | compare_means(rows.assign(value=rows[over] / rows[under]), base, other)
            )
        failed = compare_proportions(summed.assign(value=summed["failed"]), base, other)
        found.append({"metric": FAILURES} | of | failed)
    return found
