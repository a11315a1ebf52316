"""Read-outs: equal groups are hardly ever told apart, different ones are, and few people decide nothing."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.experiment import FEWEST, compare_means, compare_proportions, student, wilson

RUNS = 300


def people(a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """Make one row a person."""
    return pd.DataFrame(
        {
            "viewer": [f"u:{number}" for number in range(len(a) + len(b))],
            "group": ["1.0"] * len(a) + ["1.1"] * len(b),
            "value": np.concatenate([a, b]),
        }
    )


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [(0.975, 10, 2.2281), (0.975, 60, 2.0003), (0.995, 10, 3.1693), (0.95, 30, 1.6973), (0.975, 1e9, 1.9600)],
)
def test_quantiles_are_those_of_the_tables(probability: float, freedom: float, expected: float) -> None:
    assert student(probability, freedom) == pytest.approx(expected, abs=2e-4)


def test_intervals_are_those_of_the_papers() -> None:
    assert wilson(0 / 10, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    # Newcombe 1998, table II, case (a): 56/70 - 48/80 is 0.2, from 0.0524 to 0.3339.
    rows = people(np.repeat([1.0, 0.0], [48, 32]), np.repeat([1.0, 0.0], [56, 14]))
    found = compare_proportions(rows, "1.0", "1.1")
    assert (found["difference"], found["low"], found["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert found["verdict"] == "higher"


def test_means_and_variances_are_those_of_another_engine() -> None:
    chance = np.random.default_rng(1)
    rows = people(chance.exponential(10, 80), chance.exponential(12, 60))
    found = compare_means(rows, "1.0", "1.1")
    query = 'select avg(value), var_samp(value), count(*) from rows group by "group" order by "group"'
    (a, va, n), (b, vb, m) = duckdb.sql(query).fetchall()
    assert found["difference"] == pytest.approx(b - a)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(1.98 * (va / n + vb / m) ** 0.5, rel=0.01)


def test_few_people_decide_nothing_and_are_not_told() -> None:
    rows = people(np.zeros(FEWEST - 1), np.ones(1_000))
    for compare in (compare_means, compare_proportions):
        found = compare(rows, "1.0", "1.1")
        assert (found["verdict"], found["reason"]) == (None, "not_enough_data")
        assert found["a"] == {"value": None, "n": FEWEST - 1}
        assert compare(rows.iloc[:0], "1.0", "1.1")["reason"] == "not_enough_data"


def test_a_person_counts_once_and_who_is_in_both_in_neither() -> None:
    rows = people(np.zeros(FEWEST), np.ones(FEWEST + 1))
    many = pd.concat([rows, *[rows.iloc[:1].assign(value=5.0)] * 100, rows.iloc[-1:].assign(group="1.0")])
    found = compare_means(many, "1.0", "1.1")
    assert (found["a"]["n"], found["b"]["n"], found["people_in_both"]) == (FEWEST, FEWEST, 1)
    assert found["a"]["value"] == pytest.approx(500 / 101 / FEWEST)
    failed = compare_proportions(many, "1.0", "1.1")
    assert failed["a"]["value"] == pytest.approx(1 / FEWEST), "one who failed once failed"


@pytest.mark.parametrize("kind", ["normal", "watch time", "many views each"])
def test_of_equal_groups_one_in_twenty_is_told_apart_at_most(kind: str) -> None:
    chance, wrong = np.random.default_rng(5), 0
    for _ in range(RUNS):
        if kind == "normal":
            rows = people(chance.normal(0, 1, 60), chance.normal(0, 3, 90))
        elif kind == "watch time":
            rows = people(chance.lognormal(0, 1, 60), chance.lognormal(0, 1, 60))
        else:  # the views of one are alike: by views, most of such groups would be told apart
            rows = people(chance.normal(0, 1, 60), chance.normal(0, 1, 60))
            rows = rows.loc[rows.index.repeat(chance.integers(1, 40, len(rows)))]
            rows["value"] += chance.normal(0, 0.1, len(rows))
        wrong += compare_means(rows, "1.0", "1.1")["verdict"] is not None
    print(f"{kind}: {wrong / RUNS:.3f} told apart")
    assert wrong / RUNS <= 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_of_equal_shares_one_in_twenty_is_told_apart_at_most(share: float) -> None:
    chance, wrong = np.random.default_rng(6), 0
    for _ in range(RUNS):
        rows = people(chance.random(150) < share, chance.random(250) < share)
        wrong += compare_proportions(rows, "1.0", "1.1")["verdict"] is not None
    print(f"share {share}: {wrong / RUNS:.3f} told apart")
    assert wrong / RUNS <= 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5


def test_a_planted_difference_is_found() -> None:
    chance, means, shares = np.random.default_rng(7), 0, 0
    for _ in range(200):
        means += (
            compare_means(people(chance.normal(10, 4, 200), chance.normal(8.5, 4, 200)), "1.0", "1.1")["verdict"]
            == "lower"
        )
        rows = people(chance.random(300) < 0.05, chance.random(300) < 0.15)
        shares += compare_proportions(rows, "1.0", "1.1")["verdict"] == "higher"
    print(f"found: {means / 200:.2f} of means, {shares / 200:.2f} of shares")
    assert means / 200 >= 0.9
    assert shares / 200 >= 0.9


values = st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=FEWEST + 20)


@settings(max_examples=40, deadline=None)
@given(values, values)
def test_the_other_way_round_is_the_same_with_the_other_sign(a: list[float], b: list[float]) -> None:
    rows = people(np.array(a), np.array(b))
    for compare in (compare_means, compare_proportions):
        there, back = compare(rows, "1.0", "1.1"), compare(rows, "1.1", "1.0")
        assert there["difference"] == pytest.approx(-back["difference"])
        assert there["low"] == pytest.approx(-back["high"], abs=1e-9)
        assert there["low"] <= there["difference"] <= there["high"]
        assert (there["verdict"] is None) == (there["low"] <= 0 <= there["high"])
