from collections import Counter

from rich.console import Console

from matinee.simulate.bots import Book
from matinee.simulate.hearing import Hearing
from matinee.simulate.ledger import Acknowledged, judged
from matinee.simulate.report import PartyEnd, complaints, report
from matinee.simulate.run import Played
from matinee.simulate.table import MOST_PARTIES, counts, show

CHAT = {"t": "chat", "seq": 2, "at_ms": 100.0, "by": "m1", "message": {"body": "hello"}}


def book() -> Book:
    hearing = Hearing()
    hearing.enter(1)
    hearing.take(CHAT, 104.0)
    return Book(
        acknowledged=[Acknowledged(kind="chat", member_id="m1", seq=2, body="hello")],
        drifts_ms=[3.0, 5.0],
        answers_ms=[7.0],
        hearing=hearing,
        entered_ms=0.0,
        left_ms=1_000.0,
        links=2,
        resumes=1,
        ends=Counter({"1012": 1}),
        unavailable=3,
    )


def played(parties: int = 1, unheard: int = 0) -> Played:
    log = [{"t": "playback", "seq": 1, "by": "m1", "cause": "play"}, CHAT]
    ends = []
    for number in range(parties):
        one = book()
        ends.append(
            PartyEnd(id=f"party{number:06}", books=[one], verdict=judged(log, one.acknowledged), unheard=unheard)
        )
    return Played(ends=ends, joining_seconds=2.5, lags_ms=[0.4], busy=0.25, put_off=Counter({"503": 2}))


def printed(what: Played) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        show(what, console)
    return capture.get()


def test_every_figure_is_a_quantile_or_a_count_of_what_the_bots_noted() -> None:
    text = printed(played())
    assert [line.split()[-5:] for line in text.splitlines() if "drift from the party" in line] == [
        ["3.0", "5.0", "5.0", "5.0", "2"]
    ]
    assert [line.split()[-5:] for line in text.splitlines() if "decision to bot" in line] == [
        ["4.0", "4.0", "4.0", "4.0", "1"]
    ]
    assert counts(played())["server said: later"] == "2 x 503, 3 x to commands"
    assert counts(played())["lines that broke"] == "1 x 1012"
    assert counts(played())["resumes"].startswith("1 of 1 returns; 0 events told afterwards")


def test_of_many_parties_only_the_worst_are_shown_one_by_one() -> None:
    text = printed(played(parties=50))
    assert len([line for line in text.splitlines() if line.strip().startswith("0000")]) == MOST_PARTIES
    assert f"the {MOST_PARTIES} parties of 50 with the greatest drift" in text
    assert "50 in 50 parties, all in after 2.5 s" in text


def test_an_event_that_a_bot_never_heard_is_told_in_words() -> None:
    assert complaints(played().ends) == []
    assert complaints(played(unheard=2).ends) == ["party party000000: events never heard: 2"]


def test_the_json_line_keeps_its_fields() -> None:
    line = report(played().ends)
    assert (line.commands_acked, line.commands_lost, line.events_duplicated, line.resumes) == (1, 0, 0, 1)
    assert line.drift_p95_ms == 5.0
