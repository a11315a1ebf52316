import pytest

from realtime import errors
from realtime import session as ask
from realtime.errors import CLOSES, ERRORS, may_come_back
from realtime.party import commands as do
from tests.fakes.line import Line


def test_hello_within_five_seconds_or_4008() -> None:
    line = Line(entered=False)
    line.wait(4.9)
    assert line.tick() == []
    line.wait(0.1)
    (action,) = line.tick()
    assert isinstance(action, ask.Close)
    assert action.code == 4008
    assert line.say({"t": "hello", "guest": "late"}) == []


def test_a_bad_hello_may_be_followed_by_a_good_one() -> None:
    line = Line(entered=False)
    assert line.answer({"t": "hello"})["code"] == "invalid"
    assert line.answer({"t": "hello", "guest": "Gus", "token": "x"})["path"] == "guest"
    (action,) = line.say({"t": "hello", "guest": "Gus"})
    assert isinstance(action, ask.Enter)
    assert line.answer({"t": "hello", "guest": "Gus"})["code"] == "conflict"


def test_nothing_but_the_clock_is_served_before_welcome() -> None:
    line = Line(entered=False)
    for frame in (
        {"t": "play", "id": "1"},
        {"t": "typing"},
        {"t": "resync", "seq": 0},
        {"t": "telemetry", "events": []},
    ):
        assert line.answer(frame)["code"] == "not_ready"
    assert line.answer({"t": "clock", "t0": 5})["t"] == "clock"
    assert line.answer({"t": "ping"})["t"] == "pong"


def test_the_clock_tells_when_it_heard_and_when_it_spoke() -> None:
    line = Line()
    line.wait(1)
    assert line.answer({"t": "clock", "t0": 12.5}) == {"t": "clock", "t0": 12.5, "t1": line.now_ms, "t2": line.now_ms}


def test_a_clock_frame_with_an_id_is_answered_with_it() -> None:
    assert Line().answer({"t": "clock", "t0": 1, "id": "c"})["id"] == "c"


def test_a_binary_frame_is_a_bad_one_whatever_it_holds() -> None:
    assert Line().answer(b'{"t":"ping"}')["code"] == "bad_frame"


def test_what_is_no_frame_of_ours_counts_as_a_sign_of_life_too() -> None:
    line = Line()
    line.wait(40)
    line.session.heard(line.now_ms)
    line.wait(44)
    assert not any(isinstance(action, ask.Close) for action in line.tick())
    line.wait(1)
    assert [type(action) for action in line.tick()] == [ask.Close]


def test_the_offset_is_taken_from_the_quickest_of_the_last_clock_frames() -> None:
    line = Line()
    assert line.session.offset_ms is None
    for delay_ms in (80, 20, 300):
        line.say({"t": "clock", "t0": line.now_ms - 20_000 - delay_ms})
    assert line.session.offset_ms == 20_020
    for _ in range(16):
        line.wait(1)
        line.say({"t": "clock", "t0": line.now_ms - 50})
    assert line.session.offset_ms == 50


def test_silence_is_answered_with_a_ping_after_15_s_and_ended_after_45() -> None:
    line = Line()
    pings = 0
    for _ in range(44):
        line.wait(1)
        pings += line.tick().count(ask.Send({"t": "ping"}))
    assert pings == 2
    line.wait(1)
    (action,) = line.tick()
    assert isinstance(action, ask.Close)
    assert action.code == 4008


def test_a_client_that_only_talks_hears_something_every_15_s_too() -> None:
    line = Line()
    pings = 0
    for _ in range(46):
        line.wait(1)
        line.say({"t": "status", "state": "playing"})
        pings += line.tick().count(ask.Send({"t": "ping"}))
    assert pings == 3


@pytest.mark.parametrize("frame", [{"t": "pong"}, {"t": "ping"}, {"t": "clock", "t0": 0}, "garbage"])
def test_any_traffic_counts_as_a_sign_of_life(frame: object) -> None:
    line = Line()
    for _ in range(10):
        line.wait(14)
        line.session.spoke(line.now_ms)
        assert line.tick() == []
        line.say(frame)


def test_the_top_seq_is_told_every_30_s() -> None:
    line = Line()
    tops = []
    for second in range(1, 91):
        line.wait(1)
        line.say({"t": "pong"})
        tops += [second for action in line.tick(41) if action == ask.Send({"t": "top", "seq": 41})]
    assert tops == [30, 60, 90]


def test_thirty_frames_at_once_and_ten_a_second_then_rate_limited() -> None:
    line = Line()
    answers = [line.say({"t": "typing", "id": "x"})[0] for _ in range(40)]
    limited = [answer for answer in answers if isinstance(answer, ask.Send)]
    assert len(limited) == 11  # hello was one of the thirty
    assert limited[0].fields["code"] == "rate_limited"
    assert 0 < limited[0].fields["retry_after_ms"] <= 101
    assert limited[0].fields["id"] == "x"
    line.wait(0.102)
    assert isinstance(line.say({"t": "typing"})[0], ask.Show)
    assert isinstance(line.say({"t": "typing"})[0], ask.Send)


def test_clock_frames_and_reactions_have_budgets_of_their_own() -> None:
    line = Line()
    for _ in range(29):
        line.say({"t": "typing"})
    assert line.answer({"t": "clock", "t0": 0})["t"] == "clock"
    assert all(isinstance(line.say({"t": "react", "emoji": "😂"})[0], ask.Show) for _ in range(10))
    assert line.answer({"t": "react", "emoji": "😂"})["code"] == "rate_limited"


def test_who_never_heeds_rate_limited_is_closed_with_4029() -> None:
    line = Line()
    codes = [action.code for _ in range(500) for action in line.say({"t": "typing"}) if isinstance(action, ask.Close)]
    assert codes == [4029]


def test_twenty_bad_frames_in_a_minute_end_it_and_nineteen_do_not() -> None:
    line = Line()
    for n in range(60):
        line.wait(3.2)
        assert isinstance(line.say("garbage")[0], ask.Send), n
    line = Line()
    actions = [line.say("garbage")[0] for _ in range(20)]
    assert all(isinstance(action, ask.Send) for action in actions[:19])
    last = actions[19]
    assert isinstance(last, ask.Close)
    assert last.code == 4500


def test_invalid_frames_never_end_it() -> None:
    line = Line()
    for _ in range(200):
        line.wait(0.2)
        assert line.answer({"t": "seek"})["code"] == "invalid"
        assert line.answer({"t": "what"})["code"] in {"unknown_type", "rate_limited"}


def test_a_frame_over_64_kib_ends_it_with_4513() -> None:
    (action,) = Line().say({"t": "chat.send", "body": "x" * 70_000})
    assert isinstance(action, ask.Close)
    assert action.code == 4513


def test_each_frame_becomes_what_it_asks_for() -> None:
    line = Line()
    assert line.say({"t": "seek", "position_ms": 5, "id": "c"}) == [ask.Do(do.Seek(position_ms=5, command_id="c"))]
    assert line.say({"t": "resync", "seq": 7, "id": "c"}) == [ask.Resync(7, "c")]
    assert line.say({"t": "react", "emoji": "👍"}) == [ask.Show("react", "👍", None)]
    (record,) = line.say({"t": "telemetry", "events": [], "id": "t1"})
    assert record == ask.Record([], "t1", None)
    (report,) = line.say({"t": "status", "state": "playing", "drift_ms": -3.5})
    assert isinstance(report, ask.Report)


def test_a_closed_session_says_and_does_nothing_more() -> None:
    line = Line()
    assert len(line.session.close(4511)) == 1
    assert line.session.close(4511) == []
    assert line.say({"t": "play"}) == []
    line.wait(100)
    assert line.tick(5) == []


def test_every_error_and_close_code_says_whether_to_come_again() -> None:
    assert all(meaning.meaning for meaning in ERRORS.values())
    for code, meaning in CLOSES.items():
        assert meaning.retry == may_come_back(code), code
    assert may_come_back(None)
    assert may_come_back(4499)
    assert not may_come_back(4999)
    assert not may_come_back(errors.NORMAL)
