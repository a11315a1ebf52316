"""The measure itself: what it must see, and what must not fool it."""

from itertools import pairwise

import pytest

from tests.e2e.measure import Reading, coverage, drifts, position_at, summary

FRAME_MS = 1000 / 30
REFRESH_MS = 1000 / 60


def shown(offset_ms: float, *, seconds: float = 10, phase_ms: float = 0, rate: float = 1) -> list[Reading]:
    """A film shown at the refreshes of a screen, as browsers do: each frame at the first refresh after it is due."""
    frames = []
    for n in range(int(seconds * 30)):
        due = n * FRAME_MS / rate - offset_ms
        refresh = -(-(due - phase_ms) // REFRESH_MS) * REFRESH_MS + phase_ms
        frames.append((refresh, n * FRAME_MS))
    return frames


WINDOW = [(1_000.0, 9_000.0)]


@pytest.mark.parametrize("planted_ms", [0.0, 8.0, 50.0, -120.0])
def test_a_planted_drift_is_found_within_a_refresh(planted_ms: float) -> None:
    found = drifts(shown(planted_ms, phase_ms=5), shown(0), WINDOW)
    assert abs(sum(found) / len(found) - planted_ms) < REFRESH_MS
    assert summary(found).worst < abs(planted_ms) + 2 * REFRESH_MS


def test_a_player_that_runs_too_fast_is_seen_to_drift_away() -> None:
    found = drifts(shown(0, rate=1.02), shown(0), [(0.0, 9_000.0)])
    assert found[-1] == pytest.approx(180, abs=2 * REFRESH_MS)


def test_a_frozen_player_is_missing_and_not_in_step() -> None:
    frozen = [reading for reading in shown(0) if not 3_000 < reading[0] < 7_000]
    found = drifts(frozen, shown(0), WINDOW)
    assert coverage(found, WINDOW) == pytest.approx(0.5, abs=0.03)


def test_nothing_is_said_across_a_seek() -> None:
    before, after = shown(0, seconds=2), [(t + 2_050, p + 60_000) for t, p in shown(0, seconds=2)]
    assert position_at([*before, *after], 2_000) is None
    assert all(b >= a for (_, a), (_, b) in pairwise(before))


def test_percentiles_are_of_the_sizes() -> None:
    told = summary([float(value) for value in range(-100, 0)])
    assert (told.p50, told.p95, told.p99, told.worst) == (51, 96, 100, 100)


def test_no_readings_are_no_result() -> None:
    with pytest.raises(ValueError, match="no moment"):
        summary([])
