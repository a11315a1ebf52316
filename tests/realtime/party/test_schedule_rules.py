"""A party with a time, as the pure party has it: doors, start, and whose place is kept."""

import pytest

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import SYSTEM
from realtime.party.rules.schedule import DOORS_MS, LATE_MS
from tests.fakes.party import START_MS, Stage, guest, user

ANN, BOB, GUS = user("ann"), user("bob"), guest("gus")
TIME_MS = START_MS + 3_600_000


def planned(**fields: object) -> Stage:
    return Stage(scheduled_for_ms=TIME_MS, **fields)  # type: ignore[arg-type]


def at(stage: Stage, now_ms: int) -> Stage:
    stage.now_ms = now_ms
    return stage


def test_the_doors_open_a_quarter_of_an_hour_before_and_once() -> None:
    stage = at(planned(), TIME_MS - DOORS_MS - 1)
    assert stage.act(do.OpenDoors()) == []
    at(stage, TIME_MS - DOORS_MS)
    assert stage.act(do.OpenDoors()) == [ev.DoorsOpened()]
    assert (stage.state.status, stage.state.scheduled_for_ms) == ("lobby", TIME_MS)
    assert stage.act(do.OpenDoors()) == []


@pytest.mark.parametrize("opened", [True, False], ids=["from the lobby", "with its doors never opened"])
def test_it_starts_by_itself_with_the_film_where_the_host_is_connected(opened: bool) -> None:
    stage = at(planned(), TIME_MS - 1)
    if opened:
        stage.act(do.OpenDoors())
    assert stage.act(do.StartOnTime()) == []
    at(stage, TIME_MS)
    started, played = stage.act(do.StartOnTime())
    assert isinstance(started, ev.Started)
    assert isinstance(played, ev.Played)
    assert (played.playback.position_ms, played.playback.at_ms, played.playback.paused) == (0, TIME_MS + 100, False)
    assert stage.act(do.StartOnTime()) == []


def test_without_a_film_it_is_live_and_nothing_plays() -> None:
    stage = at(planned(video=None), TIME_MS)
    assert stage.act(do.StartOnTime()) == [ev.Started()]


def test_a_cohost_is_enough_and_a_member_or_guest_is_not() -> None:
    stage = planned()
    stage.enter(BOB, GUS)
    stage.connected.discard("ann")
    at(stage, TIME_MS)
    assert stage.act(do.StartOnTime()) == []
    stage.act(do.SetRole(member_id="bob", role="cohost"), SYSTEM)
    assert len(stage.act(do.StartOnTime())) == 2


def test_a_host_who_comes_late_finds_it_waiting_and_after_an_hour_starts_it_by_hand() -> None:
    stage = planned()
    stage.connected.clear()
    at(stage, TIME_MS + LATE_MS - 1)
    assert stage.act(do.StartOnTime()) == []
    stage.connected.add("ann")
    forked = planned()
    assert len(stage.act(do.StartOnTime())) == 2
    at(forked, TIME_MS + LATE_MS)
    assert forked.act(do.StartOnTime()) == []
    forked.act(do.OpenDoors())
    assert forked.state.status == "lobby"
    assert isinstance(forked.act(do.Start(), ANN)[0], ev.Started)


def test_who_was_early_started_it_and_its_time_changes_nothing_any_more() -> None:
    stage = planned()
    stage.act(do.Play(), ANN)
    stage.act(do.Pause(), ANN)
    at(stage, TIME_MS)
    assert stage.act(do.StartOnTime()) == stage.act(do.OpenDoors()) == []
    stage.connected.clear()
    stage.act(do.Vacate(empty_since_ms=TIME_MS))
    stage.connected.add("ann")
    assert stage.act(do.StartOnTime()) == [], "an empty party that was begun does not begin again"


def test_a_party_that_is_put_off_after_its_doors_opened_waits_again() -> None:
    stage = at(planned(), TIME_MS - DOORS_MS)
    stage.act(do.OpenDoors())
    stage.act(do.Reschedule(scheduled_for_ms=TIME_MS + 3_600_000), ANN)
    assert stage.state.status == "scheduled"
    at(stage, TIME_MS)
    assert stage.act(do.StartOnTime()) == stage.act(do.OpenDoors()) == []


def test_who_comes_before_the_host_does_not_become_host_until_nobody_expects_them_any_more() -> None:
    stage = planned()
    stage.enter(BOB)
    stage.connected.discard("ann")
    for moment in (START_MS + 60_000, TIME_MS, TIME_MS + LATE_MS - 1):
        at(stage, moment)
        assert stage.act(do.Succeed()) == []
    at(stage, TIME_MS + LATE_MS)
    assert isinstance(stage.act(do.Succeed())[0], ev.HostChanged)


def test_a_host_who_is_lost_after_the_start_is_succeeded_as_in_any_party() -> None:
    stage = planned()
    stage.enter(BOB)
    stage.act(do.Start(), ANN)
    stage.connected.discard("ann")
    assert isinstance(stage.act(do.Succeed())[0], ev.HostChanged)


def test_an_ended_party_does_not_begin() -> None:
    stage = planned()
    stage.act(do.End(), ANN)
    at(stage, TIME_MS)
    assert stage.state.status == "ended"
