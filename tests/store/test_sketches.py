"""Sketches: merged in any order they are the same bytes, and they keep the errors that they state."""

import math
import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.sketches import (
    ALL_HOURS,
    EXACT_PEOPLE,
    PEOPLE_ERROR,
    SMALLEST,
    bucket_of,
    histogram,
    in_hours,
    mask_of,
    merged_histograms,
    people,
    quantile,
    samples,
    size,
    union,
    value_of,
)

AMOUNTS = st.lists(st.floats(0, 1e9, allow_nan=False), max_size=60)
VIEWERS = st.integers(0, 60).map(lambda number: f"u:{number:02}")
THERE = st.lists(st.tuples(VIEWERS, st.integers(1, ALL_HOURS)), max_size=40)


def crowd(first: int, last: int) -> list[tuple[str, int]]:
    return [(f"u:{number}", 1 << number % 24) for number in range(first, last)]


def packed(summary: object) -> bytes:
    return msgspec.json.encode(summary)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_histograms_add_up_in_any_order(a: list[float], b: list[float], c: list[float]) -> None:
    one, two, three = histogram(a), histogram(b), histogram(c)
    whole = packed(histogram(a + b + c))
    assert packed(merged_histograms([merged_histograms([one, two]), three])) == whole
    assert packed(merged_histograms([three, merged_histograms([two, one])])) == whole
    assert samples(merged_histograms([one, two, three])) == len(a + b + c)


@given(st.lists(st.floats(1, 1e12, allow_nan=False), min_size=1, max_size=200), st.floats(0, 1))
@settings(max_examples=300)
def test_a_quantile_is_within_one_per_cent(amounts: list[float], q: float) -> None:
    exact = sorted(amounts)[max(1, math.ceil(q * len(amounts))) - 1]
    assert quantile(histogram(amounts), q) == pytest.approx(exact, rel=0.01, abs=1)


def test_small_values_are_nought_and_nothing_has_no_quantile() -> None:
    assert quantile(histogram([0, 0.5, 0.999]), 0.5) == 0
    assert quantile(histogram([]), 0.5) is None
    assert (bucket_of(1), bucket_of(1.02), bucket_of(1.03)) == (0, 1, 2)
    assert value_of(1) == pytest.approx(2.04 / 2.02)


@given(THERE, THERE, THERE)
def test_people_unite_in_any_order_and_once(
    a: list[tuple[str, int]], b: list[tuple[str, int]], c: list[tuple[str, int]]
) -> None:
    one, two, three = people(a), people(b), people(c)
    whole = packed(people(a + b + c))
    assert packed(union([union([one, two]), three])) == packed(union([three, union([two, one])])) == whole
    assert packed(union([one, one])) == packed(union([one])) == packed(one)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_people_unite_in_any_order_across_the_bound_of_exactness(cuts: list[int]) -> None:
    edges = sorted({0, *cuts, 3000})
    parts = [people(crowd(first, last)) for first, last in pairwise(edges)]
    whole = packed(people(crowd(0, 3000)))
    assert packed(union(parts)) == packed(union([*reversed(parts), *parts])) == whole
    stepwise = people([])
    for part in parts:
        stepwise = union([stepwise, part])
    assert packed(stepwise) == whole


@pytest.mark.parametrize("count", [0, 1, EXACT_PEOPLE, EXACT_PEOPLE + 1, SMALLEST - 1])
def test_a_crowd_that_fits_is_counted_exactly(count: int) -> None:
    assert size(people(crowd(0, count))) == (count, 0)


@pytest.mark.parametrize("count", [5_000, 20_000, 100_000])
def test_a_large_crowd_is_counted_within_its_stated_error(count: int) -> None:
    found = size(people(crowd(0, count)))
    assert found.rel_error == PEOPLE_ERROR == pytest.approx(1 / math.sqrt(SMALLEST - 2))
    assert abs(found.people - count) / count < 3 * PEOPLE_ERROR  # of a standard error: 99.7 % of all crowds


def test_the_stated_error_is_the_one_that_crowds_have() -> None:
    chance = random.Random(7)
    off = []
    for _ in range(30):
        prefix = f"u:{chance.random()}-"
        off.append(size(people((f"{prefix}{number}", 1) for number in range(6_000))).people / 6_000 - 1)
    assert math.sqrt(sum(each**2 for each in off) / len(off)) < 1.5 * PEOPLE_ERROR


@given(THERE, st.integers(0, ALL_HOURS))
def test_an_hour_filter_keeps_who_was_there(there: list[tuple[str, int]], hours: int) -> None:
    kept = in_hours(people(there), hours)
    assert kept is not None
    assert {viewer for viewer, _ in kept["ids"]} == {viewer for viewer, mask in there if mask & hours}


def test_a_hashed_crowd_knows_no_hours() -> None:
    assert in_hours(people(crowd(0, 2_000)), 1) is None
    assert mask_of([0, 2]) == 5
    assert mask_of(range(24)) == ALL_HOURS
