"""Polls: one at a time, counted once a member."""

import pytest

from realtime.party import commands as do
from realtime.party.refused import Refused
from realtime.party.snapshot import show_poll
from tests.fakes.party import Stage, guest, user

ANN, BOB, CAT, GUS = user("ann"), user("bob"), user("cat"), guest("gus")


def asked(*, multiple: bool = False) -> Stage:
    stage = Stage()
    stage.enter(BOB, CAT, GUS)
    stage.act(do.OpenPoll(question=" Which? ", options=["this", "that ", "both"], multiple=multiple), ANN)
    return stage


def counts(stage: Stage) -> list[int]:
    assert stage.state.poll is not None
    return [option["votes"] for option in show_poll(stage.state.poll)["options"]]


def refused(stage: Stage, command: do.Command, actor: object) -> str:
    with pytest.raises(Refused) as caught:
        stage.act(command, actor)  # type: ignore[arg-type]
    return caught.value.code


def test_each_member_has_one_vote_and_may_change_or_take_it_back() -> None:
    stage = asked()
    stage.act(do.VoteInPoll(option=0), BOB)
    stage.act(do.VoteInPoll(option=1), CAT)
    assert counts(stage) == [1, 1, 0]
    stage.act(do.VoteInPoll(option=1), BOB)
    assert counts(stage) == [0, 2, 0]
    stage.act(do.VoteInPoll(option=1), BOB)
    assert counts(stage) == [0, 1, 0]
    assert stage.state.poll is not None
    assert show_poll(stage.state.poll)["voters"] == 1


def test_where_several_are_allowed_each_is_chosen_by_itself() -> None:
    stage = asked(multiple=True)
    for option in (0, 2, 0):
        stage.act(do.VoteInPoll(option=option), BOB)
    assert counts(stage) == [0, 0, 1]


def test_only_who_may_vote_votes_and_only_moderators_ask() -> None:
    stage = asked()
    assert refused(stage, do.VoteInPoll(option=0), GUS) == "forbidden"
    assert refused(stage, do.OpenPoll(question="?", options=["a", "b"]), BOB) == "forbidden"
    assert refused(stage, do.ClosePoll(), BOB) == "forbidden"
    assert refused(stage, do.VoteInPoll(option=3), BOB) == "not_found"


@pytest.mark.parametrize("options", [["a", "a"], ["a", " "], ["a", "a "]])
def test_options_are_seen_and_differ(options: list[str]) -> None:
    assert refused(Stage(), do.OpenPoll(question="Which?", options=options), ANN) == "invalid"


def test_a_closed_poll_stays_to_be_seen_and_takes_no_votes() -> None:
    stage = asked()
    stage.act(do.VoteInPoll(option=2), BOB)
    stage.act(do.ClosePoll(), ANN)
    assert stage.act(do.ClosePoll(), ANN) == []
    assert refused(stage, do.VoteInPoll(option=0), BOB) == "conflict"
    assert counts(stage) == [0, 0, 1]


def test_a_new_question_ends_the_one_before() -> None:
    stage = asked()
    closed, opened = stage.act(do.OpenPoll(question="And now?", options=["yes", "no"]), ANN)
    assert (type(closed).__name__, type(opened).__name__) == ("PollClosed", "PollOpened")
    assert counts(stage) == [0, 0]
