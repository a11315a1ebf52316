"""Relative retention: ranks among peers, and no rank where there are too few of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.relative_retention import BINS, FEWEST_VIEWS, relative_retention

MINUTE = 60_000


def films(*videos: tuple[int, int, int], day: str = "2026-11-23") -> pd.DataFrame:
    """Make videos of (length in ms, views, plays of every bin)."""
    rows = [
        (f"v{number:03}", day, length, views, [plays] * BINS) for number, (length, views, plays) in enumerate(videos)
    ]
    return pd.DataFrame(rows, columns=["video_id", "day", "duration_ms", "views", "plays"])


def test_the_middle_one_of_its_peers_is_at_a_half() -> None:
    found = relative_retention(films(*((MINUTE, 100, plays) for plays in range(31))))
    assert list(found["peers"]) == [31] * 31
    assert found["percentiles"][15] == [0.5] * BINS
    assert found["percentiles"][0] == [pytest.approx(0.5 / 31)] * BINS
    assert found["percentiles"][30] == [pytest.approx(30.5 / 31)] * BINS


def test_equal_ones_share_their_rank() -> None:
    found = relative_retention(films(*[(MINUTE, 100, 70)] * 40))
    assert {rank for ranks in found["percentiles"] for rank in ranks} == {0.5}


def test_too_few_peers_give_null() -> None:
    found = relative_retention(films(*[(MINUTE, 100, 70)] * 29))
    assert list(found["peers"]) == [29] * 29
    assert found["percentiles"].isna().all()


def test_a_video_with_too_few_views_neither_has_a_rank_nor_is_a_peer() -> None:
    found = relative_retention(films(*[(MINUTE, 100, 70)] * 30, (MINUTE, FEWEST_VIEWS - 1, 49)))
    assert list(found["peers"]) == [30] * 30 + [0]
    assert found["percentiles"][30] is None


def test_a_fifth_longer_or_shorter_is_similar_and_a_millisecond_more_is_not() -> None:
    lengths = [100_000] * 30 + [80_000, 120_000, 79_999, 120_001]
    found = relative_retention(films(*((length, 100, 70) for length in lengths))).set_index("duration_ms")
    assert set(found.loc[100_000, "peers"]) == {32}
    assert found.loc[80_000, "peers"] == 2, "of 80 s a fifth is only 16 s"


def test_rows_of_a_video_are_added_and_its_last_length_counts() -> None:
    before, after = films(*[(MINUTE, 30, 30)] * 30, day="2026-11-22"), films(*[(2 * MINUTE, 30, 15)] * 30)
    found = relative_retention(pd.concat([after, before]))
    assert list(found["duration_ms"]) == [2 * MINUTE] * 30
    assert list(found["views"]) == [60] * 30
    assert relative_retention(films((MINUTE, 100, 70)).iloc[:0]).empty


curves = st.lists(st.lists(st.integers(0, 300), min_size=BINS, max_size=BINS), min_size=30, max_size=36)


@settings(max_examples=25, deadline=None)
@given(curves, st.randoms(use_true_random=False))
def test_ranks_lie_inside_have_the_mean_a_half_and_do_not_depend_on_order(
    drawn: list[list[int]], chance: object
) -> None:
    made = films(*[(MINUTE, 100, 0)] * len(drawn)).assign(plays=drawn)
    found = relative_retention(made)
    ranks = np.array(found["percentiles"].tolist())
    assert ranks.mean(axis=0) == pytest.approx(0.5)
    assert ((ranks > 0) & (ranks < 1)).all()
    mixed = made.sample(frac=1, random_state=chance.getrandbits(32))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(found, relative_retention(mixed))
