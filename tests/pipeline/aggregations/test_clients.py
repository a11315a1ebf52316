"""Clients compared by the people who used them."""

import numpy as np
import pandas as pd

from pipeline.aggregations.clients import FAILURES, comparisons
from pipeline.aggregations.user_days import KEYS, SUMS

DAY = 20_000


def people(client: str, n: int, startup: float, failing: float, first: int = 0) -> pd.DataFrame:
    """Make the day of some people, of whom a part had a failure."""
    chance = np.random.default_rng(n)
    made = pd.DataFrame({name: np.ones(n, dtype="int64") for name in SUMS})
    made["startup_ms"] = chance.normal(startup, 200, n)
    made["experience"], made["watched"] = 80.0, chance.integers(0, 1_000_000, n)
    made["failed"] = (np.arange(n) < failing * n).astype("int64")
    return made.assign(viewer=[f"u:{first + number}" for number in range(n)], day=DAY, client=client)[KEYS + SUMS]


def test_a_release_that_starts_slower_and_fails_more_is_told_of_beside_the_most_used_one() -> None:
    days = pd.concat(
        [people("web 1", 300, 900, 0.02), people("web 2", 200, 1_100, 0.15, 1_000), people("tv", 9, 1, 0, 5_000)]
    )
    found = {one["metric"]: one for one in comparisons(days, DAY - 27, DAY)}
    assert {(one["of"]["a"], one["of"]["b"]) for one in found.values()} == {("web 1", "web 2")}
    assert {metric: one["verdict"] for metric, one in found.items()} == {
        "startup_ms": "higher",
        "watch_ms_per_attempt": None,
        "experience_score": None,
        FAILURES: "higher",
    }
    assert found["experience_score"]["reason"] == "no_difference_shown"
    assert (found[FAILURES]["a"]["n"], found[FAILURES]["b"]["n"]) == (300, 200)


def test_with_one_client_or_none_there_is_nothing_to_compare() -> None:
    alone = people("web 1", 300, 900, 0.02)
    assert comparisons(alone, DAY, DAY) == comparisons(alone.iloc[:0], DAY, DAY) == []
    both = pd.concat([alone, people("web 2", 200, 900, 0.02, 1_000)])
    assert comparisons(both, DAY + 1, DAY + 28) == []
