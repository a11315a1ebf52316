"""Three rows at a time: what is believed of a heartbeat, and how many were there."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations import chat, concurrency
from pipeline.aggregations.facts import SCHEMA
from pipeline.aggregations.watch import accepted


def beats(*given_: tuple[int, int], join: int | None = 0) -> list[int]:
    """Give what is accepted of heartbeats (received in s, claimed in s), in ms."""
    made: list[dict[str, Any]] = [
        {"kind": "watched", "received": at * 1000, "watched": claimed * 1000} for at, claimed in given_
    ]
    if join is not None:
        made.append({"kind": "joined", "received": join * 1000, "watched": None})
    table = pd.DataFrame(made).assign(party_id="p", session_id="s", viewer="u:ann", connection_id=None)
    table["at"], table["event_id"] = table["received"], [f"e{number}" for number in range(len(table))]
    return [int(value) for value in accepted(table[SCHEMA.names])["accepted"]]


@pytest.mark.parametrize(
    ("given_", "join", "expected"),
    [
        ([(10, 10), (20, 10), (30, 10)], 0, [10_000, 10_000, 10_000]),
        ([(10, 10), (12, 10)], 0, [10_000, 7_000]),
        ([(10, 60), (40, 60)], 0, [15_000, 20_000]),
        ([(10, 60)], None, [20_000]),
        ([(30, 10), (30, 10), (30, 10)], 0, [10_000, 5_000, 5_000]),
        ([(10, -4)], 0, [0]),
    ],
    ids=["honest", "too soon", "too much", "no join seen", "three at once after silence", "less than nothing"],
)
def test_no_more_than_the_time_that_passed(
    given_: list[tuple[int, int]], join: int | None, expected: list[int]
) -> None:
    assert beats(*given_, join=join) == expected


def test_three_intervals_make_a_curve() -> None:
    curve = concurrency.sweep(np.array([0, 10, 20]), np.array([20, 30, 40]))
    assert concurrency.points(curve) == [[0, 1], [10, 2], [30, 1], [40, 0]]
    assert (concurrency.peak(curve), concurrency.viewer_ms(curve)) == (2, 60)
    assert concurrency.measure_ms(np.array([0, 10, 50]), np.array([20, 30, 60])) == 40


intervals = st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(0, 900_000)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(intervals)
def test_the_sweep_is_the_count_at_every_moment(drawn: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in drawn], dtype="int64")
    ends = starts + np.array([length for _, length in drawn], dtype="int64")
    curve = concurrency.sweep(starts, ends)
    for at, level in concurrency.points(curve):
        assert level == sum(start <= at < end for start, end in zip(starts, ends, strict=True))
    assert concurrency.viewer_ms(curve) == int((ends - starts).sum())
    few = concurrency.points(curve, limit=10)
    assert len(few) <= 10
    assert max((level for _, level in few), default=0) == concurrency.peak(curve)


def test_chat_is_counted_by_the_minute_with_its_silence() -> None:
    messages = pd.DataFrame({"at": [59_999, 60_000, 190_000]})
    assert chat.per_minute(messages) == [[0, 1], [60_000, 1], [120_000, 0], [180_000, 1]]
    assert chat.per_minute(messages.iloc[:0]) == []
    assert chat.per_minute(pd.DataFrame({"at": [0, 10 * 86_400_000]})) == [[0, 1], [864_000_000, 1]]
