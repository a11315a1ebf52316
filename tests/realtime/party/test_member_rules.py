import pytest

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import SYSTEM
from realtime.party.refused import Refused
from realtime.party.state import Settings
from tests.fakes.party import Stage, guest, user

ANN, BOB, CAT, GUS = user("ann"), user("bob"), user("cat"), guest("gus")


def refused(stage: Stage, command: do.AnyCommand, actor: object) -> str:
    entries = len(stage.entries)
    with pytest.raises(Refused) as caught:
        stage.act(command, actor)  # type: ignore[arg-type]
    assert len(stage.entries) == entries
    return caught.value.code


def test_the_first_entry_is_an_event_and_a_reconnect_is_none() -> None:
    stage = Stage()
    (joined,) = stage.act(do.Join(), BOB)
    assert isinstance(joined, ev.Joined)
    assert joined.member.role == "member"
    assert stage.act(do.Join(), BOB) == []


def test_the_creator_comes_in_as_host_and_a_guest_as_guest() -> None:
    stage = Stage()
    stage.enter(GUS)
    assert stage.state.members["ann"].role == "host"
    assert stage.state.members["gus"].role == "guest"


def test_who_left_may_come_back_with_the_role_they_had() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.act(do.SetRole(member_id="bob", role="moderator"), ANN)
    assert isinstance(stage.act(do.Leave(), BOB)[0], ev.Left)
    assert stage.act(do.Leave(), BOB) == []
    assert not stage.state.members["bob"].present
    stage.act(do.Join(), BOB)
    assert stage.state.members["bob"].role == "moderator"


def test_guests_stay_outside_where_the_host_wants_accounts() -> None:
    assert refused(Stage(settings=Settings(guests=False)), do.Join(), GUS) == "forbidden"


@pytest.mark.parametrize("fields", [{"has_password": True}, {"visibility": "private"}])
def test_a_closed_party_opens_for_who_was_admitted_and_for_its_host(fields: dict[str, object]) -> None:
    stage = Stage(**fields)  # type: ignore[arg-type]
    assert stage.state.members["ann"].present
    assert refused(stage, do.Join(), BOB) == "forbidden"
    stage.act(do.Join(admitted=True), BOB)
    assert stage.act(do.Join(), BOB) == []


def test_a_full_party_takes_nobody_more_but_lets_its_members_reconnect() -> None:
    stage = Stage(settings=Settings(max_members=2))
    stage.enter(BOB)
    assert refused(stage, do.Join(), CAT) == "conflict"
    assert stage.act(do.Join(), BOB) == []
    stage.connected.discard("bob")
    stage.act(do.Join(), CAT)


def test_a_kicked_member_is_out_and_may_come_back_a_banned_one_may_not() -> None:
    stage = Stage()
    stage.enter(BOB, CAT)
    stage.act(do.Kick(member_id="bob", reason="spoilers"), ANN)
    assert not stage.state.members["bob"].present
    assert refused(stage, do.Say(body="hi"), BOB) == "forbidden"
    stage.act(do.Join(), BOB)
    stage.act(do.Ban(member_id="cat", minutes=10), ANN)
    assert refused(stage, do.Join(), CAT) == "forbidden"
    stage.wait(10 * 60_000)
    stage.act(do.Join(), CAT)


def test_who_is_kicked_for_minutes_comes_back_after_them() -> None:
    stage = Stage()
    stage.enter(BOB)
    (kicked,) = stage.act(do.Kick(member_id="bob", minutes=3), ANN)
    assert isinstance(kicked, ev.Kicked)
    stage.wait(3 * 60_000 - 1)
    assert refused(stage, do.Join(), BOB) == "forbidden"
    stage.wait(1)
    assert kicked.until_ms == stage.now_ms
    stage.act(do.Join(), BOB)


def test_a_mute_and_its_end_say_why() -> None:
    stage = Stage()
    stage.enter(BOB)
    (muted,) = stage.act(do.Mute(member_id="bob", reason="caps"), ANN)
    (unmuted,) = stage.act(do.Unmute(member_id="bob", reason="sorry"), ANN)
    assert isinstance(muted, ev.Muted)
    assert isinstance(unmuted, ev.Muted)
    assert (muted.reason, unmuted.reason, unmuted.muted) == ("caps", "sorry", False)


def test_a_ban_without_an_end_lasts() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.act(do.Ban(member_id="bob"), ANN)
    stage.wait(10**12)
    assert refused(stage, do.Join(), BOB) == "forbidden"


@pytest.mark.parametrize(
    "command",
    [do.Kick(member_id="bob"), do.Ban(member_id="bob"), do.Mute(member_id="bob"), do.Unmute(member_id="bob")],
)
def test_nobody_moderates_upward_an_equal_or_themselves(command: do.Command) -> None:
    stage = Stage()
    stage.enter(BOB, CAT, GUS)
    assert refused(stage, command, GUS) == "forbidden"
    assert refused(stage, command, CAT) == "forbidden"
    assert refused(stage, command, BOB) == "forbidden"
    stage.promote("cat", "moderator")
    stage.promote("bob", "moderator")
    assert refused(stage, command, CAT) == "forbidden"
    stage.promote("bob", "cohost")
    assert refused(stage, command, CAT) == "forbidden"
    stage.promote("bob", "member")
    stage.act(command, CAT)


def test_a_muted_member_is_silent_until_the_mute_ends() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.act(do.Mute(member_id="bob", minutes=1), ANN)
    with pytest.raises(Refused) as caught:
        stage.act(do.Say(body="hi"), BOB)
    assert (caught.value.code, caught.value.retry_after_ms) == ("muted", 60_000)
    stage.wait(60_000)
    stage.act(do.Say(body="hi"), BOB)
    stage.act(do.Mute(member_id="bob"), ANN)
    assert refused(stage, do.Say(body="hi"), BOB) == "muted"
    stage.act(do.Unmute(member_id="bob"), ANN)
    assert stage.act(do.Unmute(member_id="bob"), ANN) == []
    stage.act(do.Say(body="hi"), BOB)


def test_only_the_host_gives_roles_and_never_to_a_guest() -> None:
    stage = Stage()
    stage.enter(BOB, CAT, GUS)
    stage.act(do.SetRole(member_id="bob", role="cohost"), ANN)
    assert stage.act(do.SetRole(member_id="bob", role="cohost"), ANN) == []
    assert refused(stage, do.SetRole(member_id="cat", role="cohost"), BOB) == "forbidden"
    assert refused(stage, do.SetRole(member_id="gus", role="cohost"), ANN) == "conflict"
    assert refused(stage, do.SetRole(member_id="nobody", role="cohost"), ANN) == "not_found"
    stage.act(do.Play(), BOB)


def test_the_host_hands_over_and_becomes_cohost() -> None:
    stage = Stage()
    stage.enter(BOB, GUS)
    assert refused(stage, do.TransferHost(member_id="gus"), ANN) == "conflict"
    assert refused(stage, do.TransferHost(member_id="bob"), BOB) == "forbidden"
    assert refused(stage, do.TransferHost(member_id="nobody"), ANN) == "not_found"
    stage.act(do.TransferHost(member_id="bob"), ANN)
    assert stage.state.host_id == "bob"
    assert stage.state.members["ann"].role == "cohost"
    assert stage.act(do.TransferHost(member_id="bob"), BOB) == []


def test_the_longest_present_cohost_then_moderator_then_member_succeeds() -> None:
    stage = Stage()
    for name in ("bob", "cat", "dan", "eve"):
        stage.wait(1_000)
        stage.enter(user(name))
    stage.promote("dan", "moderator")
    stage.promote("eve", "cohost")
    order = []
    while True:
        stage.connected.discard(stage.state.host_id)
        events = stage.act(do.Succeed())
        if not events:
            break
        order.append(stage.state.host_id)
    assert order == ["eve", "dan", "bob", "cat"]


def test_nobody_succeeds_a_host_who_is_there_and_no_guest_ever_does() -> None:
    stage = Stage()
    stage.enter(GUS)
    assert stage.act(do.Succeed()) == []
    stage.connected.discard("ann")
    assert stage.act(do.Succeed()) == []
    assert stage.state.host_id == "ann"


def test_a_host_who_was_succeeded_comes_back_as_cohost() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.connected.discard("ann")
    stage.act(do.Succeed())
    assert stage.state.host_id == "bob"
    assert stage.act(do.Join(), ANN) == []
    assert stage.state.members["ann"].role == "cohost"
    stage.act(do.Play(), ANN)


def test_the_system_may_do_everything_but_be_a_member() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.act(do.Play(), SYSTEM)
    stage.act(do.Kick(member_id="bob"), SYSTEM)
    stage.act(do.Kick(member_id="ann"), SYSTEM)
    assert refused(stage, do.Join(), SYSTEM) == "forbidden"
    assert refused(stage, do.Say(body="hi"), SYSTEM) == "forbidden"
