"""Forecasts: right where there is something to see, silent where there is not, and honest about their width."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.forecast import AHEAD, SHORTEST, forecast, last_week, model

WEEK_SHAPE = np.array([1, 0.9, 0.9, 1, 1.2, 1.6, 1.4])
LONG = 150
RUNS = 40


def drawn(kind: str, seed: int) -> np.ndarray:
    """Draw a series of `LONG` days and the `AHEAD` that follow."""
    chance, day = np.random.default_rng(seed), np.arange(LONG + AHEAD)
    shape = WEEK_SHAPE[day % 7]
    made = {
        "a steady week": lambda: chance.poisson(200 * shape),
        "growth": lambda: chance.poisson(100 * shape * np.exp(0.01 * day)),
        "few people": lambda: chance.poisson(3 * shape),
        "a random walk": lambda: np.maximum(0, 500 + np.cumsum(chance.normal(0, 20, len(day)))),
        "a fall ten days ago": lambda: chance.poisson(np.where(day < LONG - 10, 200, 80) * shape),
    }[kind]
    series: np.ndarray = made().astype("float64")
    return series


def runs(kind: str) -> tuple[float, float, float]:
    """Tell how often it was shown, which part of the future lay inside, and its error over that of last week's values."""
    shown, inside, error, naive = 0, 0.0, 0.0, 0.0
    for seed in range(RUNS):
        series = drawn(kind, seed)
        found, came = forecast(series[:LONG]), series[LONG:]
        if found["shown"]:
            points = np.array(found["points"])
            shown += 1
            inside += float(((came >= points[:, 2]) & (came <= points[:, 3])).mean())
            error += float(np.abs(came - points[:, 1]).mean())
            naive += float(np.abs(came - last_week(series[:LONG])).mean())
    print(
        f"{kind}: shown {shown / RUNS:.2f}, inside {inside / max(1, shown):.2f}, error {error / max(1e-9, naive):.2f}"
    )
    return shown / RUNS, inside / max(1, shown), error / max(1e-9, naive)


@pytest.mark.parametrize("kind", ["a steady week", "growth", "few people"])
def test_what_has_a_shape_is_forecast_better_than_by_last_week_and_the_interval_is_wide_enough(kind: str) -> None:
    shown, inside, error = runs(kind)
    assert shown >= 0.9
    assert error < 0.95
    assert 0.7 <= inside <= 0.95, "80 % were promised"


@pytest.mark.parametrize("kind", ["a random walk", "a fall ten days ago"])
def test_what_cannot_be_foreseen_is_hardly_ever_shown(kind: str) -> None:
    assert runs(kind)[0] <= 0.15


def test_a_line_without_noise_is_continued_with_a_fading_slope() -> None:
    line = np.arange(100.0, 100.0 + SHORTEST)
    assert model(line)[0] == pytest.approx(line[-1] + 0.9, abs=0.5)
    assert model(line)[-1] < line[-1] + AHEAD
    assert list(last_week(line)[:8]) == [*line[-7:], line[-7]]


def test_each_answer_that_is_not_shown_has_its_reason() -> None:
    def told(series: np.ndarray) -> dict[str, Any]:
        found = forecast(series)
        assert not found["shown"]
        assert found["points"] == []
        return found

    assert told(np.ones(SHORTEST - 1)) == {
        "shown": False,
        "reason": "not_enough_data",
        "points": [],
        "backtest": None,
    }
    assert told(np.tile(WEEK_SHAPE, 20))["reason"] == "no_better_than_last_week", "last week was perfect"
    assert told(drawn("a fall ten days ago", 0)[:LONG])["reason"] == "changed_lately"
    assert told(np.zeros(LONG))["reason"] == "no_better_than_last_week"


series_of = st.lists(st.integers(0, 10_000), min_size=SHORTEST, max_size=SHORTEST + 40)


@settings(max_examples=25, deadline=None)
@given(series_of, st.sampled_from([4.0, 1024.0]))
def test_the_laws_of_forecasts(values: list[int], scale: float) -> None:
    series = np.array(values, dtype="float64")
    found = forecast(series)
    assert 0 <= found["backtest"]["covered"] <= 1
    for day, (ahead, value, low, high) in enumerate(found["points"]):
        assert ahead == day + 1
        assert 0 <= low <= value <= high
    larger = forecast(series * scale)
    assert larger["backtest"]["naive_error"] == pytest.approx(found["backtest"]["naive_error"] * scale)
    assert model(series * scale) == pytest.approx(model(series) * scale, rel=1e-6, abs=1e-6 * scale)
