"""Nobody's start is cut off by those who play on, and nobody holds a party up beyond the bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.rules.waiting import FIRST_LOAD_MS, LONGEST_MS
from realtime.party.state import Settings
from tests.fakes.party import Stage, user

ANN, BOB, CAT = user("ann"), user("bob"), user("cat")


def playing(wait: str = "all") -> Stage:
    stage = Stage(settings=Settings(wait=wait))  # type: ignore[arg-type]
    stage.enter(BOB, CAT)
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(5_100)
    return stage


def dry(watching: int = 3, **played_ms: float | None) -> do.Wait:
    return do.Wait(dry=played_ms, watching=watching)


def test_the_party_stops_names_whom_it_waits_for_and_goes_on_when_they_are_ready() -> None:
    stage = playing()
    waited, paused = stage.act(dry(bob=3_000.0))
    assert isinstance(waited, ev.Waited)
    assert (waited.waiting.members, waited.waiting.until_ms) == (("bob",), stage.now_ms + LONGEST_MS)
    assert isinstance(paused, ev.Paused)
    assert (paused.cause, paused.playback.paused, paused.playback.position_ms) == ("wait", True, 5_000)
    stage.wait(2_000)
    assert stage.act(do.GoOn(dry=frozenset({"bob"}))) == []
    over, resumed = stage.act(do.GoOn(dry=frozenset()))
    assert over == ev.WaitOver()
    assert isinstance(resumed, ev.Played)
    assert (resumed.cause, resumed.playback.position_ms) == ("resume", 5_000)
    assert resumed.playback.at_ms == stage.now_ms + 100
    assert stage.state.waiting is None


def test_after_ten_seconds_it_goes_on_whatever_happens() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0, cat=3_000.0))
    stage.wait(LONGEST_MS - 1)
    assert stage.act(do.GoOn(dry=frozenset({"bob"}))) == []
    stage.wait(1)
    over, resumed = stage.act(do.GoOn(dry=frozenset({"bob"})))
    assert over == ev.WaitOver(out_of_time=("bob",))
    assert isinstance(resumed, ev.Played)


def test_the_first_load_of_a_video_has_thirty_seconds() -> None:
    stage = playing()
    (waited, _) = stage.act(dry(bob=None))
    assert isinstance(waited, ev.Waited)
    assert waited.waiting.until_ms == stage.now_ms + FIRST_LOAD_MS


def test_who_ran_out_of_time_is_not_waited_for_again_until_they_have_played_ten_seconds() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0))
    stage.wait(LONGEST_MS)
    stage.act(do.GoOn(dry=frozenset({"bob"})))
    stage.wait(1_000)
    assert stage.act(dry(bob=None)) == []
    assert stage.act(dry(bob=9_999.0)) == []
    assert len(stage.act(dry(bob=10_000.0))) == 2


def test_who_runs_dry_meanwhile_is_waited_for_too_but_gets_no_more_time() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0))
    until_ms = stage.now_ms + LONGEST_MS
    stage.wait(9_000)
    (waited,) = stage.act(dry(bob=3_000.0, cat=None))
    assert isinstance(waited, ev.Waited)
    assert (waited.waiting.members, waited.waiting.until_ms) == (("bob", "cat"), until_ms)


def test_who_is_gone_holds_nobody_up() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0))
    stage.connected.discard("bob")
    assert len(stage.act(do.GoOn(dry=frozenset({"bob"})))) == 2


def test_a_majority_is_more_than_half_of_those_who_watch() -> None:
    stage = playing("majority")
    assert stage.act(dry(4, bob=3_000.0, cat=3_000.0)) == []
    assert len(stage.act(dry(3, bob=3_000.0, cat=3_000.0))) == 2


@pytest.mark.parametrize("wait", ["off"])
def test_off_is_never(wait: str) -> None:
    assert playing(wait).act(dry(bob=3_000.0)) == []


def test_nobody_waits_in_a_pause_or_before_a_start() -> None:
    stage = playing()
    stage.act(do.Seek(position_ms=1_000), ANN, lead_ms=500)
    assert stage.act(dry(bob=3_000.0)) == []
    stage.act(do.Pause(), ANN)
    stage.wait(1_000)
    assert stage.act(dry(bob=3_000.0)) == []


def test_whoever_is_in_control_ends_the_wait() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0))
    over, played = stage.act(do.Play(), ANN)
    assert (over, type(played)) == (ev.WaitOver(), ev.Played)
    stage.wait(1_000)
    stage.act(dry(bob=3_000.0))
    over, paused = stage.act(do.Pause(), ANN)
    assert (over, type(paused)) == (ev.WaitOver(), ev.Paused)
    assert stage.act(do.GoOn(dry=frozenset())) == []
    assert stage.state.playback.paused


def test_a_member_says_for_themselves_that_they_are_ready() -> None:
    stage = playing()
    stage.act(dry(bob=3_000.0, cat=3_000.0))
    assert stage.act(do.Ready(ready=False), BOB) == []
    (waited,) = stage.act(do.Ready(ready=True), BOB)
    assert isinstance(waited, ev.Waited)
    assert waited.waiting.members == ("cat",)
    over, resumed = stage.act(do.Ready(ready=True), CAT)
    assert (over, type(resumed)) == (ev.WaitOver(), ev.Played)


reports = st.lists(
    st.tuples(
        st.integers(1, 4_000),
        st.dictionaries(st.sampled_from(["ann", "bob", "cat"]), st.none() | st.floats(0, 60_000), max_size=3),
    ),
    max_size=60,
)


@given(reports)
def test_no_run_of_reports_keeps_a_party_waiting_beyond_the_bound(
    reported: list[tuple[int, dict[str, float | None]]],
) -> None:
    stage, began_ms = playing(), None
    for ms, found in reported:
        stage.wait(min(ms, 250))
        stage.act(do.GoOn(dry=frozenset(found)))
        if stage.state.waiting is None:
            began_ms = None
        stage.act(do.Wait(dry=found, watching=3))
        if stage.state.waiting is not None:
            began_ms = began_ms or stage.now_ms
            assert stage.now_ms - began_ms <= FIRST_LOAD_MS
            assert stage.state.waiting.until_ms - began_ms in {LONGEST_MS, FIRST_LOAD_MS}
