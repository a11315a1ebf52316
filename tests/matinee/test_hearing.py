from typing import Any

from matinee.simulate.hearing import Hearing


def event(seq: int, at_ms: float = 1_000.0) -> dict[str, Any]:
    return {"t": "chat", "seq": seq, "at_ms": at_ms}


def welcome(seq: int, *, resumed: bool) -> dict[str, Any]:
    return {"t": "welcome", "seq": seq, "resumed": resumed}


def heard(*frames: dict[str, Any], first: int = 10) -> Hearing:
    hearing = Hearing()
    hearing.enter(first)
    for frame in frames:
        hearing.take(frame, 1_005.0)
    return hearing


def test_events_as_they_happen_are_timed_by_the_servers_clock() -> None:
    hearing = heard(event(11), event(12, 1_003.0), {"t": "presence", "members": []})
    assert hearing.latencies_ms == [5.0, 2.0]
    assert (hearing.missed, hearing.twice, hearing.unheard(range(1, 13))) == (0, 0, 0)


def test_what_is_told_after_a_cut_is_not_late_but_missed() -> None:
    hearing = heard(event(11), welcome(13, resumed=True), event(12), event(13), event(14))
    assert (hearing.missed, len(hearing.latencies_ms)) == (2, 2)
    assert hearing.unheard(range(1, 15)) == 0


def test_where_the_snapshot_alone_counts_its_stretch_was_not_lost() -> None:
    hearing = heard(event(11), welcome(600, resumed=False), event(601))
    assert hearing.snapshots == [(11, 600)]
    assert hearing.unheard(range(1, 602)) == 0
    assert heard(welcome(20, resumed=False)).top == 20


def test_an_event_that_never_came_is_found_and_one_that_came_twice_too() -> None:
    hearing = heard(event(11), event(13), event(13))
    assert hearing.unheard(range(1, 20)) == 1
    assert hearing.twice == 1


def test_what_was_before_the_bot_or_after_it_does_not_concern_it() -> None:
    assert heard(event(11)).unheard([*range(1, 12), 500]) == 0


def test_what_comes_while_everybody_leaves_is_kept_apart() -> None:
    hearing = heard(event(11))
    hearing.leaving = True
    hearing.take(event(12), 1_080.0)
    assert (hearing.latencies_ms, hearing.leaving_ms) == ([5.0], [80.0])
