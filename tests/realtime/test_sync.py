import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.party.playback import Playback
from realtime.sync import (
    AT_REST,
    COARSE_LIMIT,
    FINE_LIMIT,
    SEEK_MS,
    STARTING,
    STEADY_LIMIT,
    TICK_MS,
    TRUST_MS,
    TRUST_RATIO,
    ClockFilter,
    Drift,
    Latency,
    decide,
    landing,
    moving,
    position_at,
    time_of,
)

VECTORS = Path(__file__).parents[1] / "vectors"
NOW_MS = 1_700_000_000_000.0

ways_ms = st.tuples(st.floats(0.01, 500), st.floats(0.01, 500))
# No deadline: the machine that runs this may be busy.
thorough = settings(max_examples=200, deadline=None)
drifts_ms = st.floats(-SEEK_MS, SEEK_MS)


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))]


def exchanged(clock: ClockFilter, true_offset_ms: float, out_ms: float, back_ms: float, at_ms: float = 0.0) -> None:
    t1 = at_ms + out_ms + true_offset_ms
    clock.add(at_ms, t1, t1 + 0.5, at_ms + out_ms + back_ms + 0.5)


@pytest.mark.parametrize("case", cases("playback"))
def test_position_vectors(case: dict[str, Any]) -> None:
    playback = Playback(**case["playback"])
    assert position_at(playback, case["now_ms"], case["duration_ms"]) == pytest.approx(case["position_ms"], abs=1e-6)


@pytest.mark.parametrize("case", cases("timeline"))
def test_timeline_vectors(case: dict[str, Any]) -> None:
    playback = Playback(**case["playback"])
    assert moving(playback, case["now_ms"], case["duration_ms"]) is case["moving"]
    assert time_of(playback, case["reaches_ms"]) == case["time_ms"]


@pytest.mark.parametrize("case", cases("clock"))
def test_clock_vectors(case: dict[str, Any]) -> None:
    clock = ClockFilter()
    for sample in case["samples"]:
        clock.add(*sample)
    assert clock.offset_ms == pytest.approx(case["offset_ms"], abs=1e-6)
    assert clock.delay_ms == pytest.approx(case["delay_ms"], abs=1e-6)


@pytest.mark.parametrize("case", cases("drift"))
def test_drift_vectors(case: dict[str, Any]) -> None:
    state = STARTING if case.get("starting") else AT_REST
    for step in case["steps"]:
        decision = decide(state, step["drift_ms"], step["now_ms"])
        state = decision.state
        assert decision.seek == step.get("seek", False)
        if not decision.seek:
            assert decision.rate == pytest.approx(step["rate"], abs=1e-6)


@pytest.mark.parametrize("case", cases("latency"))
def test_latency_vectors(case: dict[str, Any]) -> None:
    latency = Latency()
    for ms in case["started"]:
        latency.started(ms)
    for ms in case["sought"]:
        latency.sought(ms)
    assert latency.start_ms == pytest.approx(case["start_ms"], abs=1e-6)
    assert latency.seek_ms == pytest.approx(case["seek_ms"], abs=1e-6)
    playback = Playback(**case["playback"])
    assert landing(playback, case["now_ms"], latency, case.get("duration_ms")) == pytest.approx(
        case["landing_ms"], abs=1e-6
    )


@thorough
@given(st.lists(ways_ms, min_size=1, max_size=40), st.floats(-1e6, 1e6))
def test_the_offset_is_wrong_by_at_most_half_the_asymmetry_of_the_ways_that_are_trusted(
    ways: list[tuple[float, float]], true_offset_ms: float
) -> None:
    clock = ClockFilter()
    for out_ms, back_ms in ways:
        exchanged(clock, true_offset_ms, out_ms, back_ms)
    kept = ways[-16:]
    least = min(out_ms + back_ms for out_ms, back_ms in kept)
    bound = least + max(TRUST_MS, least * TRUST_RATIO)
    worst = max(abs(out_ms - back_ms) for out_ms, back_ms in kept if out_ms + back_ms <= bound + 1e-6) / 2
    assert abs(clock.offset_ms - true_offset_ms) <= worst + 1e-6
    assert abs(clock.offset_ms - true_offset_ms) <= bound / 2 + 1e-6


@thorough
@given(ways_ms, st.floats(-1e6, 1e6))
def test_one_quick_exchange_outweighs_any_number_of_slow_ones(way: tuple[float, float], true_offset_ms: float) -> None:
    clock = ClockFilter()
    for _ in range(15):
        exchanged(clock, true_offset_ms, way[0] + 100, way[1])
    exchanged(clock, true_offset_ms, 1, 1)
    assert abs(clock.offset_ms - true_offset_ms) < 1e-6


def test_a_clock_without_samples_says_so() -> None:
    clock = ClockFilter()
    assert (clock.ready, clock.offset_ms, clock.delay_ms) == (False, 0.0, 0.0)


def run(drift_ms: float, ticks: int, *, party_rate: float = 1.0, noise: list[float] | None = None) -> list[float]:
    """Let a player be corrected, and give its true drift at each tick."""
    state, drifts = AT_REST, [drift_ms]
    for tick in range(ticks):
        reading_ms = drift_ms + (noise[tick % len(noise)] if noise else 0.0)
        decision = decide(state, reading_ms, NOW_MS + tick * TICK_MS)
        assert not decision.seek
        state = decision.state
        drift_ms += TICK_MS * party_rate * (decision.rate - 1)
        drifts.append(drift_ms)
    return drifts


@thorough
@given(drifts_ms)
def test_every_drift_up_to_two_seconds_is_mended_by_rate_alone(drift_ms: float) -> None:
    assert abs(run(drift_ms, ticks=140)[-1]) <= 10


@thorough
@given(drifts_ms)
def test_a_correction_comes_nearer_with_each_tick_and_never_swings(drift_ms: float) -> None:
    drifts = run(drift_ms, ticks=140)
    overshoot_ms = max(-drift if drift_ms >= 0 else drift for drift in drifts)
    assert overshoot_ms < 5
    approach = [abs(drift) for drift in drifts if drift * drift_ms > 0 and abs(drift) > 5]
    assert approach == sorted(approach, reverse=True)
    assert drifts[-1] == drifts[-2], "in the end the rate is the party's own"


@thorough
@given(st.floats(-500, 500), st.lists(st.floats(-4, 4), min_size=3, max_size=30))
def test_readings_that_tremble_do_not_shake_a_player_out_of_step(drift_ms: float, noise: list[float]) -> None:
    assert max(abs(drift) for drift in run(drift_ms, ticks=200, noise=noise)[100:]) < 15


@thorough
@given(st.lists(drifts_ms, min_size=1, max_size=50))
def test_no_reading_within_two_seconds_ever_leads_to_a_seek(readings: list[float]) -> None:
    state = AT_REST
    for tick, drift_ms in enumerate(readings):
        decision = decide(state, drift_ms, NOW_MS + tick * TICK_MS)
        state = decision.state
        assert not decision.seek


@thorough
@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=50))
def test_the_rate_stays_within_what_ears_forgive(readings: list[float]) -> None:
    state = AT_REST
    for tick, drift_ms in enumerate(readings):
        now_ms = NOW_MS + tick * TICK_MS
        decision = decide(state, drift_ms, now_ms)
        state = decision.state
        if decision.seek:
            assert state == AT_REST
            continue
        size_ms, turn = abs(state.smoothed_ms or 0.0), abs(decision.rate - 1) - 1e-12
        assert turn <= (COARSE_LIMIT if size_ms > 200 else FINE_LIMIT)
        assert size_ms > 10 or turn <= 0.01
        assert (decision.rate - 1) * (state.smoothed_ms or 0.0) <= 0, "away from the drift, never with it"


def test_a_player_that_has_been_in_step_for_ten_seconds_is_corrected_inaudibly() -> None:
    in_step = Drift(smoothed_ms=30.0, correcting=True, in_step_since_ms=NOW_MS)
    assert decide(in_step, 30.0, NOW_MS + 9_999).rate == pytest.approx(0.97)
    assert decide(in_step, 30.0, NOW_MS + 10_000).rate == 1 - STEADY_LIMIT


def test_a_correction_goes_on_until_under_five_milliseconds() -> None:
    state = decide(AT_REST, 12.0, NOW_MS).state
    assert state.correcting
    assert decide(AT_REST, 9.0, NOW_MS).rate == 1
    assert decide(state, 6.0, NOW_MS).rate < 1
    assert decide(state, 0.0, NOW_MS).rate == 1


def test_the_party_is_timed_and_over_where_its_film_ends() -> None:
    playback = Playback(paused=False, position_ms=1_000, at_ms=NOW_MS, rate=2)
    assert time_of(playback, 5_000) == NOW_MS + 2_000
    assert time_of(Playback(), 5_000) is None
    assert [moving(playback, NOW_MS + ms, 5_000) for ms in (-1, 0, 1_999, 2_000)] == [False, True, True, False]
    assert moving(playback, NOW_MS + 1e9)
    assert not moving(Playback(), NOW_MS)


def test_a_start_is_learned_at_once_and_then_slowly() -> None:
    latency = Latency()
    latency.started(200)
    assert latency.start_ms == 200
    latency.started(100)
    assert latency.start_ms == 160
    latency.started(60_000)
    assert latency.start_ms == 160, "a machine that slept says nothing about its player"
