"""The waiting room, as the pure party has it: who has to knock, and whose answer counts."""

import pytest

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import SYSTEM, Actor
from realtime.party.refused import Refused
from realtime.party.rules.doors import LET_IN_MS, TURNED_AWAY_MS, MustKnock
from realtime.party.state import ANSWERS_KEPT, Settings
from tests.fakes.party import Stage, guest, user

ANN, BOB, CAT, DAN, GUS = user("ann"), user("bob"), user("cat"), user("dan"), guest("gus")


def guarded(approval: str = "everyone", **fields: object) -> Stage:
    """A party with ann, its host, and bob, a moderator, whose newcomers wait."""
    stage = Stage(**fields)  # type: ignore[arg-type]
    stage.enter(BOB, admitted=True)
    stage.act(do.SetRole(member_id="bob", role="moderator"), ANN)
    stage.act(do.ChangeSettings(approval=approval), ANN)  # type: ignore[arg-type]
    return stage


def knocks(stage: Stage, actor: Actor, **join: bool) -> bool:
    """Say whether they have to knock; otherwise they are in."""
    try:
        stage.act(do.Join(**join), actor)
    except MustKnock:
        return True
    return False


def refused(stage: Stage, command: do.AnyCommand, actor: Actor) -> Refused:
    with pytest.raises(Refused) as caught:
        stage.act(command, actor)
    assert not isinstance(caught.value, MustKnock)
    return caught.value


def test_only_newcomers_knock_and_of_them_those_whom_the_setting_names() -> None:
    assert not knocks(guarded("off"), GUS)
    assert knocks(guarded("guests"), GUS)
    assert not knocks(guarded("guests"), CAT)
    assert knocks(guarded("everyone"), CAT)


def test_the_host_and_the_staff_of_the_party_never_wait_even_after_they_left() -> None:
    stage = guarded()
    for actor in (ANN, BOB):
        stage.act(do.Leave(), actor)
        assert not knocks(stage, actor)


def test_the_creator_who_handed_the_party_over_does_not_wait() -> None:
    stage = guarded()
    stage.act(do.TransferHost(member_id="bob"), ANN)
    stage.act(do.Leave(), ANN)
    assert not knocks(stage, ANN)


def test_who_was_in_before_does_not_knock_again_unless_they_were_kicked() -> None:
    stage = guarded("off")
    stage.enter(CAT, DAN)
    stage.act(do.ChangeSettings(approval="everyone"), ANN)
    stage.act(do.Leave(), CAT)
    stage.act(do.Kick(member_id="dan"), BOB)
    assert not knocks(stage, CAT)
    assert knocks(stage, DAN)
    assert knocks(stage, DAN, invited=True), "an invite from before the kick is no way around it"
    stage.act(do.Approve(member_id="dan"), BOB)
    assert not knocks(stage, DAN)
    stage.act(do.Leave(), DAN)
    assert not knocks(stage, DAN)


def test_an_invite_that_names_them_spares_them_the_wait_and_a_password_does_not() -> None:
    stage = guarded(has_password=True)
    assert refused(stage, do.Join(), CAT).code == "forbidden"
    assert knocks(stage, CAT, admitted=True)
    assert not knocks(stage, CAT, admitted=True, invited=True)


def test_an_approval_opens_no_other_door() -> None:
    stage = guarded(has_password=True)
    stage.act(do.Approve(member_id="cat"), BOB)
    stage.act(do.Approve(member_id="gus"), BOB)
    stage.act(do.ChangeSettings(guests=False, max_members=1), ANN)
    assert refused(stage, do.Join(), CAT).code == "forbidden"
    assert refused(stage, do.Join(admitted=True), GUS).code == "forbidden"
    assert refused(stage, do.Join(admitted=True), CAT).code == "conflict", "who waits holds no seat"


def test_a_banned_person_does_not_get_to_knock() -> None:
    stage = guarded("off")
    stage.enter(CAT)
    stage.act(do.Ban(member_id="cat"), BOB)
    stage.act(do.ChangeSettings(approval="everyone"), ANN)
    assert refused(stage, do.Join(), CAT).code == "forbidden"


def test_an_approval_waits_a_day_for_whoever_it_is_about_and_is_used_up_by_their_entry() -> None:
    stage = guarded()
    (answer,) = stage.act(do.Approve(member_id="cat"), BOB)
    assert answer == ev.KnockAnswered(member_id="cat", approved=True, until_ms=stage.now_ms + LET_IN_MS)
    assert stage.act(do.Approve(member_id="cat"), ANN) == []
    stage.wait(LET_IN_MS - 1)
    assert not knocks(stage, CAT)
    assert stage.state.let_in == {}
    assert stage.act(do.Approve(member_id="cat"), ANN) == [], "they are in"
    stage.act(do.Approve(member_id="dan"), BOB)
    stage.wait(LET_IN_MS)
    assert knocks(stage, DAN)


def test_who_is_turned_away_may_knock_again_after_five_minutes() -> None:
    stage = guarded()
    stage.act(do.Deny(member_id="cat"), BOB)
    assert stage.act(do.Deny(member_id="cat"), ANN) == []
    assert refused(stage, do.Join(), CAT).code == "forbidden"
    stage.wait(TURNED_AWAY_MS)
    assert knocks(stage, CAT)
    stage.act(do.Approve(member_id="cat"), BOB)
    assert not knocks(stage, CAT)


def test_of_two_answers_the_first_counts() -> None:
    stage = guarded()
    stage.act(do.Deny(member_id="cat"), BOB)
    late = refused(stage, do.Approve(member_id="cat"), ANN)
    assert (late.code, late.retry_after_ms) == ("conflict", TURNED_AWAY_MS)
    stage.act(do.Approve(member_id="dan"), BOB)
    assert refused(stage, do.Deny(member_id="dan"), ANN).code == "conflict"
    assert not knocks(stage, DAN)
    assert refused(stage, do.Deny(member_id="dan"), ANN).code == "conflict", "whoever is in is kicked, not denied"


def test_only_moderators_and_above_answer() -> None:
    stage = guarded("off")
    stage.enter(CAT, GUS)
    for command in (do.Approve(member_id="dan"), do.Deny(member_id="dan")):
        for actor in (CAT, GUS, DAN):
            assert refused(stage, command, actor).code == "forbidden"
    stage.act(do.Approve(member_id="dan"), SYSTEM)


def test_opening_the_door_lets_everybody_in_and_answers_are_bounded() -> None:
    stage = guarded()
    stage.act(do.Deny(member_id="dan"), BOB)
    for n in range(ANSWERS_KEPT + 5):
        stage.act(do.Approve(member_id=f"person-{n}"), BOB)
    assert len(stage.state.let_in) == ANSWERS_KEPT
    assert "person-4" not in stage.state.let_in
    stage.act(do.ChangeSettings(approval="off"), ANN)
    assert not knocks(stage, CAT)
    assert not knocks(stage, DAN)


def test_the_settings_of_a_new_party_may_have_it() -> None:
    assert knocks(Stage(settings=Settings(approval="everyone")), BOB)
