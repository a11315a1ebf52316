"""Anomalies: what is unusual is listed, what chance does is hardly ever."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.anomalies import FEWEST_WEEKS, LARGEST, THRESHOLD, Kind, anomalies, score

DAY = 20_000


def weeks(today: float, *before: float | None) -> pd.DataFrame:
    """Make a figure of today and of the same weekday of the weeks before, with other days between."""
    rows = {DAY: today} | {DAY - 7 * (back + 1): value for back, value in enumerate(before)}
    return pd.DataFrame({"views": rows | {DAY - 3: 1e9}}).astype("float64").sort_index()


def test_half_of_what_is_usual_is_listed_with_size_and_direction() -> None:
    [found] = anomalies(weeks(50, 100, 101, 99, 100, 98, 102, 103, 100), DAY, {"views": "count"})
    assert found == {
        "metric": "views",
        "value": 50,
        "typical": 100,
        "change": -0.5,
        "direction": "down",
        "z": pytest.approx(-50 / (1.4826 + 10), abs=0.01),
        "n": 8,
    }


def test_too_little_history_lists_nothing() -> None:
    before: list[float | None] = [100.0] * (FEWEST_WEEKS - 1)
    assert anomalies(weeks(0, *before, None, None), DAY, {"views": "count"}) == []
    assert len(anomalies(weeks(0, *before, 100), DAY, {"views": "count"})) == 1
    assert anomalies(weeks(0, *before, 100), DAY + 1, {"views": "count"}) == []
    assert anomalies(weeks(np.nan, *before, 100), DAY, {"views": "count"}) == []


@pytest.mark.parametrize(("kind", "value", "z"), [("count", 1, 1.0), ("ratio", 0.01, 2.0), ("other", 3, LARGEST)])
def test_what_was_always_nothing(kind: Kind, value: float, z: float) -> None:
    assert score(value, np.zeros(8), kind) == z
    assert score(0, np.zeros(8), kind) == 0


def test_the_most_unusual_comes_first() -> None:
    table = weeks(300, *[100] * 8).assign(
        reactions=weeks(1_000, *[100] * 8)["views"], calm=weeks(100, *[100] * 8)["views"]
    )
    kinds: dict[str, Kind] = {"views": "count", "reactions": "count", "calm": "count"}
    assert [one["metric"] for one in anomalies(table, DAY, kinds)] == ["reactions", "views"]


def drawn(kind: str, chance: np.random.Generator) -> np.ndarray:
    """Draw a figure of thirteen same weekdays, in which nothing happens."""
    made: dict[str, Any] = {
        "few": lambda: chance.poisson(20, 13),
        "many": lambda: chance.poisson(1_000, 13),
        "ratio": lambda: chance.normal(0.02, 0.004, 13),
        "watch time": lambda: chance.lognormal(15, 0.3, 13),
        "growth": lambda: chance.poisson(200 * 1.05 ** np.arange(13)),
    }
    values: np.ndarray = made[kind]().astype("float64")
    return values


@pytest.mark.parametrize("kind", ["few", "many", "ratio", "watch time", "growth"])
def test_of_figures_in_which_nothing_happens_one_in_fifty_is_listed_at_most(kind: str) -> None:
    chance, listed, trebled, runs = np.random.default_rng(3), 0, 0, 2_000
    of: Kind = "ratio" if kind == "ratio" else "other" if kind == "watch time" else "count"
    for _ in range(runs):
        values = drawn(kind, chance)
        listed += abs(score(values[-1], values[:-1], of)) >= THRESHOLD
        trebled += abs(score(values[-1] * 3, values[:-1], of)) >= THRESHOLD
    print(f"{kind}: {listed / runs:.4f} listed, of those that trebled {trebled / runs:.2f}")
    assert listed / runs <= 1 / 50
    assert trebled / runs >= 0.7


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=8, max_size=12), st.integers(0, 10**6), st.sampled_from([2.0, 64.0]))
def test_the_laws_of_anomalies(before: list[int], value: int, scale: float) -> None:
    known = np.array(before, dtype="float64")
    z = score(value, known, "other")
    assert z == pytest.approx(score(value * scale, known * scale, "other"))
    assert np.sign(z) == np.sign(value - np.median(known))
    assert score(value + 1, known, "count") >= score(value, known, "count")
    assert abs(score(value, known, "count")) <= abs(z) + 1e-12, "chance makes no figure more unusual"
