from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.simulate.scenario import scenario

MINUTE_MS = 60_000


def plan(seed: int = 7, parties: int = 3, viewers: int = 10, duration_ms: int = MINUTE_MS):  # noqa: ANN201
    return scenario(seed=seed, parties=parties, viewers=viewers, duration_ms=duration_ms, video_ms=120_000)


def test_the_same_seed_gives_the_same_scenario_and_another_seed_another() -> None:
    assert plan(seed=7) == plan(seed=7)
    assert plan(seed=7) != plan(seed=8)


def test_all_viewers_are_spread_evenly_and_each_party_has_one_host() -> None:
    parties = plan(parties=3, viewers=10)
    assert sorted(len(party.bots) for party in parties) == [3, 3, 4]
    assert all([bot.hosts for bot in party.bots] == [True] + [False] * (len(party.bots) - 1) for party in parties)
    assert len({bot.email for party in parties for bot in party.bots}) == 10


def test_a_party_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="at least as many viewers as parties"):
        plan(parties=3, viewers=2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), duration_ms=st.integers(5_000, 5 * MINUTE_MS), viewers=st.integers(2, 12))
def test_every_message_is_unique_and_no_command_is_without_effect(seed: int, duration_ms: int, viewers: int) -> None:
    for party in plan(seed=seed, parties=2, viewers=viewers, duration_ms=duration_ms):
        bodies = [action.body for bot in party.bots for action in bot.actions if action.kind == "chat"]
        assert len(bodies) == len(set(bodies))
        switches = [action for action in party.bots[0].actions if action.kind in {"play", "pause"}]
        assert switches[0].kind == "play"
        assert all(before.kind != after.kind for before, after in pairwise(switches))
        assert switches[-1].kind == "play"
        for bot in party.bots:
            times = [action.at_ms for action in bot.actions]
            assert times == sorted(times)
            assert all(0 <= at_ms < duration_ms for at_ms in times)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), duration_ms=st.integers(5_000, 10 * MINUTE_MS))
def test_the_film_never_runs_out(seed: int, duration_ms: int) -> None:
    video_ms = 60_000
    for party in scenario(seed=seed, parties=1, viewers=1, duration_ms=duration_ms, video_ms=video_ms):
        position_ms, since_ms, playing = 0.0, 0, False
        for action in [action for action in party.bots[0].actions if action.kind in {"play", "pause", "seek"}]:
            if playing:
                position_ms += action.at_ms - since_ms
                assert position_ms < video_ms
            since_ms = action.at_ms
            playing = action.kind == "play" or (playing and action.kind == "seek")
            position_ms = action.position_ms if action.kind == "seek" else position_ms
