"""The funnel: who went how far, in order and in time."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.funnel import COLUMNS, STEPS, funnel, summary, times, viral_factor
from pipeline.slots import DAY_MS

DAY = 20_000
HOUR_MS = 3_600_000
LATER = (DAY + 100) * DAY_MS


def happened(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Make rows of (person, step, days since the first day)."""
    made = [(f"u:{who}", step, round((DAY + days) * DAY_MS)) for who, step, days in rows]
    return pd.DataFrame(made, columns=COLUMNS)


ANN = [("ann", "registered", 0.0), ("ann", "verified", 0.5), ("ann", "joined", 1.0), ("ann", "hosted", 3.0)]


def test_three_people_go_down_the_funnel() -> None:
    ben = [("ben", "registered", 0.2), ("ben", "verified", 1.2)]
    cem = [("cem", "registered", 1.0)]
    assert funnel(happened(*ANN, *ben, *cem), LATER) == [
        {
            "day": DAY,
            "reached": [2, 2, 1, 1],
            "conversion": [None, 1.0, 0.5, 1.0],
            "median_ms": [None, 18 * HOUR_MS, 12 * HOUR_MS, 48 * HOUR_MS],
            "mature": [True] * 4,
        },
        {
            "day": DAY + 1,
            "reached": [1, 0, 0, 0],
            "conversion": [None, 0.0, None, None],
            "median_ms": [None] * 4,
            "mature": [True] * 4,
        },
    ]
    assert funnel(happened(), LATER) == []


@pytest.mark.parametrize(
    ("rows", "reached"),
    [
        ([("ann", "registered", 0.0), ("ann", "verified", 7.0)], 2),
        ([("ann", "registered", 0.0), ("ann", "verified", 7.01)], 1),
        ([("ann", "registered", 0.0), ("ann", "joined", 0.5)], 1),
        ([("ann", "registered", 0.0), ("ann", "joined", 0.5), ("ann", "verified", 1.0), ("ann", "joined", 14.9)], 3),
        ([("ann", "registered", 0.0), ("ann", "joined", 0.5), ("ann", "verified", 1.0), ("ann", "joined", 15.1)], 2),
        ([("ann", "verified", 0.0), ("ann", "joined", 0.5)], 0),
    ],
    ids=["just in time", "too late", "left out a step", "joined again in time", "joined again too late", "never began"],
)
def test_in_order_and_in_time(rows: list[tuple[str, str, float]], reached: int) -> None:
    assert int(times(happened(*rows)).notna().sum(axis=1).sum()) == reached


def test_what_may_still_come_has_no_conversion() -> None:
    [found] = funnel(happened(*ANN), (DAY + 10) * DAY_MS)
    assert found["mature"] == [True, True, False, False]
    assert found["reached"] == [1, 1, 1, 1]
    assert found["conversion"] == [None, 1.0, None, None]
    [early] = funnel(happened(*ANN), (DAY + 2) * DAY_MS)
    assert early["reached"] == [1, 1, 1, 0], "the party that is hosted tomorrow is not known today"


def test_together_each_step_tells_of_those_for_whom_it_is_mature() -> None:
    early, late = [(who, step, days + 20) for who, step, days in ANN], ("ben", "registered", 25.0)
    told = summary(happened(*early, late), (DAY + 42) * DAY_MS)
    assert [(one["step"], one["people"], one["of"], one["conversion"]) for one in told] == [
        ("registered", 2, 2, None),
        ("verified", 1, 2, 0.5),
        ("joined", 1, 1, 1.0),
        ("hosted", 0, 0, None),
    ]
    assert [one["median_ms"] for one in told] == [None, 12 * HOUR_MS, 12 * HOUR_MS, None]
    assert summary(happened(*ANN), LATER)[0]["people"] == 0, "that was longer ago"


def test_a_step_that_nobody_records_is_left_out() -> None:
    steps = [step for step in STEPS if step.name != "verified"]
    [found] = funnel(happened(*(row for row in ANN if row[1] != "verified")), LATER, steps)
    assert found["reached"] == [1, 1, 1]


def test_an_invitation_brings_who_registers_for_it() -> None:
    rows = happened(
        ("host", "invited", 0),
        ("host", "invited", 1),
        ("other", "invited", 2),
        ("ann", "registered", 1),
        ("ann", "accepted", 1.1),
        ("ann", "joined", 1.1),
        ("ben", "registered", 1),
        ("ben", "accepted", 8.1),
        ("cem", "registered", 1),
        ("cem", "joined", 1.5),
        ("cem", "accepted", 2),
        ("dan", "registered", -3),
        ("dan", "accepted", 1),
    )
    begins, ends = DAY * DAY_MS, (DAY + 7) * DAY_MS
    assert viral_factor(rows, begins, ends) == {"value": 0.5, "n": 2, "brought": 1}
    assert viral_factor(happened(), begins, ends) == {"value": None, "n": 0, "brought": 0}


names = st.sampled_from([step.name for step in STEPS])
rows = st.lists(st.tuples(st.sampled_from("abcde"), names, st.floats(0, 40)), max_size=60)


@settings(max_examples=80, deadline=None)
@given(rows, st.integers(0, 80), st.randoms(use_true_random=False))
def test_the_laws_of_the_funnel(drawn: list[tuple[str, str, float]], days: int, chance: object) -> None:
    made, complete = happened(*drawn), (DAY + days) * DAY_MS
    found = funnel(made, complete)
    mixed = made.sample(frac=1, random_state=chance.getrandbits(32))  # type: ignore[attr-defined]
    assert funnel(mixed, complete) == found
    assert (
        sum(one["reached"][0] for one in found)
        == made[(made["step"] == "registered") & (made["at"] < complete)]["viewer"].nunique()
    )
    for one in found:
        assert one["reached"] == sorted(one["reached"], reverse=True)
        assert one["mature"] == sorted(one["mature"], reverse=True)
    later = {one["day"]: one for one in funnel(made, complete + 50 * DAY_MS)}
    for one in found:
        for place, mature in enumerate(one["mature"]):
            if mature:
                assert later[one["day"]]["reached"][place] == one["reached"][place], "what is mature stays"
