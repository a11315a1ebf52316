"""Key moments: drawn curves, their laws, and curves of known people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.key_moments import BINS, FEWEST_VIEWS, key_moments, rolling_median

VIEWS = 10_000
LONG = 100_000
"""A second a bin."""


def falling(*changes: tuple[slice, int]) -> list[int]:
    """Draw a curve that falls evenly from all views to half of them, with changes."""
    plays = np.linspace(VIEWS, VIEWS / 2, BINS).astype("int64")
    for where, change in changes:
        plays[where] += change
    return [int(count) for count in plays]


def test_a_replayed_scene_is_a_spike_and_a_skipped_one_a_dip() -> None:
    found = key_moments(falling((slice(40, 43), 3_000), (slice(70, 72), -2_000)), VIEWS, LONG)
    assert found is not None
    [spike], [dip] = found["spikes"], found["dips"]
    assert (spike["start_ms"], spike["end_ms"]) == (40_000, 43_000)
    assert (dip["start_ms"], dip["end_ms"], dip["at_ms"]) == (70_000, 72_000, 70_500)
    assert spike["retention"] - spike["typical"] == pytest.approx(0.3, abs=0.02)
    assert found["intro"] == {"at_ms": 30_000, "retention": pytest.approx(1 - 0.5 * 30 / 99, abs=1e-3)}
    assert found["flat"] == []


def test_a_stretch_that_nobody_leaves_is_flat() -> None:
    plays = falling()
    plays[50:70] = [plays[50]] * 20
    plays[70:] = [count - plays[70] + plays[69] for count in plays[70:]]
    found = key_moments(plays, VIEWS, LONG)
    assert found is not None
    assert found["flat"] == [{"start_ms": 50_000, "end_ms": 71_000}]


def test_a_short_video_has_no_intro_and_few_views_have_no_moments() -> None:
    found = key_moments(falling(), VIEWS, 30_000)
    assert found is not None
    assert found["intro"] is None
    assert key_moments([FEWEST_VIEWS - 1] * BINS, FEWEST_VIEWS - 1, LONG) is None
    assert key_moments([10] * BINS, VIEWS, 0) is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, VIEWS), min_size=BINS, max_size=BINS))
def test_a_curve_that_only_falls_has_neither_spikes_nor_dips(drawn: list[int]) -> None:
    plays = sorted(drawn, reverse=True)
    found = key_moments(plays, VIEWS, LONG)
    assert found is not None
    curve = np.array(plays) / VIEWS
    inner = slice(10, -10)
    assert rolling_median(curve)[inner] == pytest.approx(curve[inner])
    assert [one for one in found["spikes"] + found["dips"] if 10_000 <= one["start_ms"] < 90_000] == []


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 3 * VIEWS), min_size=BINS, max_size=BINS))
def test_the_laws_of_moments(plays: list[int]) -> None:
    found = key_moments(plays, VIEWS, LONG)
    assert found is not None
    for one in found["spikes"]:
        assert one["retention"] > one["typical"]
    for one in found["dips"]:
        assert one["retention"] < one["typical"]
    for one in found["flat"]:
        assert one["end_ms"] - one["start_ms"] >= 5_000
    for one in (*found["spikes"], *found["dips"]):
        assert one["start_ms"] < one["at_ms"] < one["end_ms"]
    more = key_moments([count * 100 for count in plays], VIEWS * 100, LONG)
    assert more is not None
    for kind in ("spikes", "dips"):
        assert _bins(found[kind]) <= _bins(more[kind]), "what is no chance among few is none among many"


def _bins(moments: list[dict[str, int]]) -> set[int]:
    return {at for one in moments for at in range(one["start_ms"], one["end_ms"], LONG // BINS)}


@pytest.mark.parametrize("views", [30, 300, 3_000])
def test_chance_makes_next_to_no_moments_and_a_planted_scene_is_found(views: int) -> None:
    chance = np.random.default_rng(7)
    false = hit = 0
    for _ in range(100):
        stays = np.searchsorted(np.sort(chance.exponential(120, views)), np.arange(BINS))
        plays = views - stays + chance.poisson(0.15 * views, BINS) - chance.binomial(views - stays, 0.1)
        quiet = key_moments([int(count) for count in plays], views, LONG)
        plays[60:63] += views * 3 // 2
        loud = key_moments([int(count) for count in plays], views, LONG)
        assert quiet is not None
        assert loud is not None
        false += len(quiet["spikes"] + quiet["dips"])
        hit += any(58_000 <= one["at_ms"] <= 65_000 for one in loud["spikes"])
    print(f"{views} views: {false / 100:.2f} false moments a curve, {hit} of 100 scenes found")
    assert false / 100 <= 0.2
    assert hit >= 95
