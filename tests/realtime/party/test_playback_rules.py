import pytest

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.playback import position_at
from realtime.party.refused import Refused
from tests.fakes.party import FILM, SHORT, START_MS, Stage, guest, user

ANN = user("ann")


def test_a_play_in_the_lobby_starts_the_party_and_schedules_the_start() -> None:
    stage = Stage()
    events = stage.act(do.Play(), ANN, lead_ms=400)
    assert [type(event) for event in events] == [ev.Started, ev.Played]
    assert stage.state.status == "live"
    assert stage.state.started_ms == START_MS
    assert stage.state.playback.at_ms == START_MS + 400
    assert not stage.state.playback.paused


def test_a_second_play_changes_nothing_but_is_no_mistake() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN)
    assert stage.act(do.Play(), ANN) == []


def test_a_play_from_a_given_position_counts_while_playing_too() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN)
    stage.act(do.Play(position_ms=30_000), ANN)
    assert stage.state.playback.position_ms == 30_000


def test_a_pause_stops_at_the_position_reached_with_the_elapsed_time_added() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(5_100)
    stage.act(do.Pause(), ANN)
    assert stage.state.playback.paused
    assert stage.state.playback.position_ms == 5_000


def test_a_pause_before_the_scheduled_start_stays_where_it_was() -> None:
    stage = Stage()
    stage.act(do.Play(position_ms=7_000), ANN, lead_ms=1_500)
    stage.wait(200)
    stage.act(do.Pause(), ANN)
    assert stage.state.playback.position_ms == 7_000


def test_a_pause_at_a_given_position_stops_there() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN)
    stage.wait(3_000)
    stage.act(do.Pause(position_ms=2_800), ANN)
    assert stage.state.playback.position_ms == 2_800


def test_a_seek_while_playing_is_scheduled_and_while_paused_counts_at_once() -> None:
    stage = Stage()
    stage.act(do.Seek(position_ms=10_000), ANN, lead_ms=300)
    assert (stage.state.playback.at_ms, stage.state.playback.paused) == (START_MS, True)
    stage.act(do.Play(), ANN)
    stage.wait(1_000)
    (sought,) = stage.act(do.Seek(position_ms=20_000), ANN, lead_ms=300)
    assert isinstance(sought, ev.Sought)
    assert sought.from_ms == 10_900
    assert stage.state.playback.at_ms == stage.now_ms + 300
    assert position_at(stage.state.playback, stage.now_ms + 300) == 20_000


def test_a_seek_beyond_the_end_goes_to_the_end() -> None:
    stage = Stage()
    stage.act(do.Seek(position_ms=1e10), ANN)
    assert stage.state.playback.position_ms == FILM.duration_ms


def test_a_play_at_the_end_starts_again() -> None:
    stage = Stage()
    stage.act(do.Seek(position_ms=60_000), ANN)
    stage.act(do.Play(), ANN)
    assert stage.state.playback.position_ms == 0


def test_a_change_of_rate_bends_the_line_without_a_jump() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(1_100)
    before = position_at(stage.state.playback, stage.now_ms)
    stage.act(do.SetRate(rate=2), ANN)
    assert position_at(stage.state.playback, stage.now_ms) == before == 1_000
    assert position_at(stage.state.playback, stage.now_ms + 1_000) == 3_000


def test_a_change_of_rate_before_a_scheduled_start_keeps_the_start() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN, lead_ms=1_000)
    stage.act(do.SetRate(rate=2), ANN)
    assert stage.state.playback.at_ms == START_MS + 1_000
    assert position_at(stage.state.playback, START_MS + 1_500) == 1_000


def test_the_same_rate_again_changes_nothing() -> None:
    assert Stage().act(do.SetRate(rate=1), ANN) == []


def test_each_change_of_playback_counts_the_revision_up() -> None:
    stage = Stage()
    revisions = [stage.state.playback.revision]
    for command in (do.Play(), do.Seek(position_ms=5), do.SetRate(rate=2), do.Pause(), do.Play()):
        stage.act(command, ANN)
        revisions.append(stage.state.playback.revision)
    assert revisions == [0, 1, 2, 3, 4, 5]


def test_a_change_of_video_starts_at_zero_and_plays_on_where_the_party_was_playing() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN)
    stage.wait(9_000)
    changed, played = stage.act(do.ChangeVideo(video_id="short"), ANN, video=SHORT, lead_ms=250)
    assert isinstance(changed, ev.VideoChanged)
    assert isinstance(played, ev.Played)
    assert played.cause == "next"
    assert stage.state.video == SHORT
    assert stage.state.playback.position_ms == 0
    assert stage.state.playback.at_ms == stage.now_ms + 250
    assert stage.state.video_ids == ("film", "short")


def test_a_change_of_video_in_a_paused_party_stays_paused() -> None:
    stage = Stage()
    assert len(stage.act(do.ChangeVideo(video_id="short"), ANN, video=SHORT)) == 1
    assert stage.state.playback.paused


def test_an_unknown_video_is_not_found() -> None:
    with pytest.raises(Refused) as refused:
        Stage().act(do.ChangeVideo(video_id="nowhere"), ANN, video=None)
    assert (refused.value.code, refused.value.path) == ("not_found", "video_id")


def test_at_its_end_a_video_stops_there() -> None:
    stage = Stage(video=SHORT)
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(5_100)
    (paused,) = stage.act(do.Advance())
    assert isinstance(paused, ev.Paused)
    assert paused.cause == "ended"
    assert stage.state.playback.position_ms == 5_000


def test_at_its_end_a_video_gives_way_to_the_next_of_the_queue() -> None:
    stage = Stage(video=SHORT)
    stage.act(do.AddToQueue(video_id="film"), ANN, video=FILM)
    stage.act(do.Play(), ANN)
    stage.wait(5_200)
    kinds = [type(event) for event in stage.act(do.Advance())]
    assert kinds == [ev.QueueRemoved, ev.VideoChanged, ev.Played]
    assert stage.state.queue == ()
    assert stage.state.video == FILM


def test_an_advance_that_comes_early_or_twice_does_nothing() -> None:
    stage = Stage(video=SHORT)
    stage.act(do.Play(), ANN)
    assert stage.act(do.Advance()) == []
    stage.wait(6_000)
    stage.act(do.Advance())
    assert stage.act(do.Advance()) == []


def test_a_party_without_a_video_keeps_time_all_the_same() -> None:
    stage = Stage(video=None)
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(100_100)
    stage.act(do.Pause(), ANN)
    assert stage.state.playback.position_ms == 100_000


@pytest.mark.parametrize("command", [do.Play(), do.Pause(), do.Seek(position_ms=1), do.SetRate(rate=2)])
def test_who_may_not_control_is_refused(command: do.Command) -> None:
    stage = Stage()
    stage.enter(user("bob"), guest("gus"))
    for actor in (user("bob"), guest("gus"), user("stranger")):
        with pytest.raises(Refused, match=r"."):
            stage.act(command, actor)
    assert len(stage.entries) == 4
