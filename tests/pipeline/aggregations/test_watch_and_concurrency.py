"""Three rows at a time: what is believed of a heartbeat, and how many were there."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations import concurrency
from pipeline.aggregations.party_report import per_minute
from tests.pipeline.lakes import tables_from


def beats(*given_: tuple[int, int], join: int | None = 0) -> int:
    """Give what is accepted of heartbeats (received in s, claimed in s), in ms."""
    made: list[dict[str, Any]] = [
        {"type": "view.watched", "at": at * 1000, "watched_ms": claimed * 1000} for at, claimed in given_
    ]
    if join is not None:
        made.append({"type": "party.joined", "at": join * 1000})
    common = {"party_id": "p", "session_id": "s", "user_id": "ann", "video_id": "film", "v": 1}
    rows = [{**row, **common, "received_at": row["at"], "event_id": f"e{place}"} for place, row in enumerate(made)]
    tables = tables_from(rows)
    assert tables["views"]["watched"].sum() == tables["watch"]["watched"].sum()
    return int(tables["watch"]["watched"].sum())


@pytest.mark.parametrize(
    ("given_", "join", "expected"),
    [
        ([(10, 10), (20, 10), (30, 10)], 0, 30_000),
        ([(10, 10), (12, 10)], 0, 17_000),
        ([(10, 60), (40, 60)], 0, 35_000),
        ([(10, 60)], None, 20_000),
        ([(30, 10), (30, 10), (30, 10)], 0, 20_000),
        ([(10, -4)], 0, 0),
    ],
    ids=["honest", "too soon", "too much", "no join seen", "three at once after silence", "less than nothing"],
)
def test_no_more_than_the_time_that_passed(given_: list[tuple[int, int]], join: int | None, expected: int) -> None:
    assert beats(*given_, join=join) == expected


def test_three_intervals_make_a_curve() -> None:
    starts, ends = np.array([0, 10, 20]), np.array([20, 30, 40])
    assert concurrency.points(concurrency.curve(starts, ends)) == [[0, 1], [10, 2], [30, 1], [40, 0]]
    steps = concurrency.levels(np.array([0, 0, 0]), starts, ends)
    assert (concurrency.peaks(steps, 1)[0], concurrency.integral(steps, 1)[0]) == (2, 60)
    assert concurrency.integral(steps, 1, at_least=2)[0] == 40
    gap = concurrency.levels(np.array([0, 0, 0]), np.array([0, 10, 50]), np.array([20, 30, 60]))
    assert concurrency.measure(gap, 1)[0] == 40


def test_scopes_are_swept_side_by_side() -> None:
    steps = concurrency.levels(np.array([1, 0, 1]), np.array([0, 5, 3]), np.array([10, 9, 4]))
    assert concurrency.peaks(steps, 3).tolist() == [1, 2, 0]
    assert concurrency.integral(steps, 3).tolist() == [4, 11, 0]
    assert concurrency.measure(steps, 3).tolist() == [4, 10, 0]


intervals = st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(0, 900_000)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(intervals)
def test_the_sweep_is_the_count_at_every_moment(drawn: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in drawn], dtype="int64")
    ends = starts + np.array([length for _, length in drawn], dtype="int64")
    curve = concurrency.curve(starts, ends)
    for at, level in concurrency.points(curve):
        assert level == sum(start <= at < end for start, end in zip(starts, ends, strict=True))
    steps = concurrency.levels(np.zeros(len(starts), dtype="int64"), starts, ends)
    assert concurrency.integral(steps, 1)[0] == (ends - starts).sum()
    few = concurrency.points(curve, limit=10)
    assert len(few) <= 10
    assert max((level for _, level in few), default=0) == concurrency.peaks(steps, 1)[0]


def test_chat_is_counted_by_the_minute_with_its_silence() -> None:
    messages = np.array([59_999, 60_000, 190_000])
    assert per_minute(messages) == [[0, 1], [60_000, 1], [120_000, 0], [180_000, 1]]
    assert per_minute(messages[:0]) == []
    assert per_minute(np.array([0, 10 * 86_400_000])) == [[0, 1], [864_000_000, 1]]
