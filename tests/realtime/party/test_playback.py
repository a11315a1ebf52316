from hypothesis import given
from hypothesis import strategies as st

from realtime.party.playback import Playback, ends_at_ms, lead_ms, position_at

positions = st.floats(0, 1e7)
times = st.floats(1e12, 2e12)
rates = st.floats(0.25, 4)


@given(positions, times, times, rates)
def test_a_paused_video_stands_still(position_ms: float, at_ms: float, now_ms: float, rate: float) -> None:
    playback = Playback(paused=True, position_ms=position_ms, at_ms=at_ms, rate=rate)
    assert position_at(playback, now_ms) == position_ms


@given(positions, times, st.floats(0, 1e6), rates)
def test_before_a_scheduled_start_the_position_waits(
    position_ms: float, at_ms: float, early_ms: float, rate: float
) -> None:
    playback = Playback(paused=False, position_ms=position_ms, at_ms=at_ms, rate=rate)
    assert position_at(playback, at_ms - early_ms) == position_ms


@given(positions, times, st.floats(0, 1e6), st.floats(0, 1e6), rates)
def test_position_never_runs_back_while_playing(
    position_ms: float, at_ms: float, first_ms: float, then_ms: float, rate: float
) -> None:
    playback = Playback(paused=False, position_ms=position_ms, at_ms=at_ms, rate=rate)
    first = position_at(playback, at_ms + first_ms)
    assert position_at(playback, at_ms + first_ms + then_ms) >= first


@given(positions, times, st.floats(-1e6, 1e8), rates, st.floats(1, 1e7))
def test_position_stays_inside_the_video(
    position_ms: float, at_ms: float, later_ms: float, rate: float, duration_ms: float
) -> None:
    playback = Playback(paused=False, position_ms=position_ms, at_ms=at_ms, rate=rate)
    assert 0 <= position_at(playback, at_ms + later_ms, duration_ms) <= duration_ms


def test_ten_seconds_at_double_rate_are_twenty_seconds_of_video() -> None:
    playback = Playback(paused=False, position_ms=1_000, at_ms=5_000, rate=2)
    assert position_at(playback, 15_000) == 21_000


@given(st.floats(0, 1e6), times, rates, st.floats(1, 1e6))
def test_the_end_is_where_the_position_reaches_the_duration(
    position_ms: float, at_ms: float, rate: float, duration_ms: float
) -> None:
    playback = Playback(paused=False, position_ms=min(position_ms, duration_ms), at_ms=at_ms, rate=rate)
    end_ms = ends_at_ms(playback, duration_ms)
    assert end_ms is not None
    assert abs(position_at(playback, end_ms, duration_ms) - duration_ms) < 0.01


def test_a_paused_or_endless_video_has_no_end() -> None:
    assert ends_at_ms(Playback(paused=True), 1_000) is None
    assert ends_at_ms(Playback(paused=False), None) is None


def test_the_lead_is_twice_the_slowest_round_trip_within_bounds() -> None:
    assert [lead_ms(rtt) for rtt in (0, 30, 200, 700, 10_000)] == [100, 100, 400, 1400, 1500]
