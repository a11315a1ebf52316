import pytest

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.fold import BrokenLog, apply
from realtime.party.permissions import DEFAULTS, RANK, may
from realtime.party.refused import Refused
from realtime.party.snapshot import snapshot
from realtime.party.state import Permission, Role, Settings
from tests.fakes.party import START_MS, Stage, guest, show_members, user

ANN, BOB, GUS = user("ann"), user("bob"), guest("gus")


def refusal(stage: Stage, command: do.AnyCommand, actor: object) -> Refused:
    with pytest.raises(Refused) as caught:
        stage.act(command, actor)  # type: ignore[arg-type]
    return caught.value


def test_a_party_is_created_once() -> None:
    stage = Stage()
    create = do.Create(party_id="party", code="X", title="Again", host_user_id="bob", host_name="bob")
    assert refusal(stage, create, BOB).code == "conflict"


def test_a_scheduled_party_waits_and_is_started_by_its_host() -> None:
    stage = Stage(scheduled_for_ms=START_MS + 3_600_000)
    stage.enter(BOB)
    assert stage.state.status == "scheduled"
    assert refusal(stage, do.Start(), BOB).code == "forbidden"
    stage.act(do.Start(), ANN)
    assert stage.state.status == "live"
    assert stage.act(do.Start(), ANN) == []


def test_a_party_is_put_off_by_its_host_until_it_has_begun() -> None:
    stage = Stage(scheduled_for_ms=START_MS + 3_600_000)
    stage.enter(BOB)
    later = START_MS + 7_200_000
    assert refusal(stage, do.Reschedule(scheduled_for_ms=later), BOB).code == "forbidden"
    assert stage.act(do.Reschedule(scheduled_for_ms=later), ANN) == [ev.Rescheduled(scheduled_for_ms=later)]
    assert stage.act(do.Reschedule(scheduled_for_ms=later), ANN) == []
    assert (stage.state.status, stage.state.scheduled_for_ms) == ("scheduled", later)
    stage.act(do.Reschedule(scheduled_for_ms=None), ANN)
    assert (stage.state.status, stage.state.scheduled_for_ms) == ("lobby", None)
    stage.act(do.Reschedule(scheduled_for_ms=later), ANN)
    stage.act(do.Start(), ANN)
    assert refusal(stage, do.Reschedule(scheduled_for_ms=None), ANN).code == "conflict"


def test_an_ended_party_stands_still_and_accepts_nothing_but_leaving() -> None:
    stage = Stage()
    stage.enter(BOB)
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(3_100)
    assert refusal(stage, do.End(), BOB).code == "forbidden"
    stage.act(do.End(), ANN)
    assert (stage.state.status, stage.state.ended_ms) == ("ended", stage.now_ms)
    assert (stage.state.playback.paused, stage.state.playback.position_ms) == (True, 3_000)
    for command in (do.Play(), do.Join(), do.Say(body="hi"), do.Start(), do.End()):
        assert refusal(stage, command, ANN).code == "ended"
    stage.act(do.Leave(), BOB)


def test_an_empty_party_is_a_lobby_again_paused_where_the_last_one_saw_it() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(10_100)
    empty_since_ms = stage.now_ms
    stage.wait(300_000)
    assert stage.act(do.Vacate(empty_since_ms=empty_since_ms)) == []  # ann is connected
    stage.connected.clear()
    paused, vacated = stage.act(do.Vacate(empty_since_ms=empty_since_ms))
    assert isinstance(paused, ev.Paused)
    assert isinstance(vacated, ev.Vacated)
    assert (stage.state.status, stage.state.playback.position_ms) == ("lobby", 10_000)
    assert stage.act(do.Vacate(empty_since_ms=empty_since_ms)) == []
    first_start = stage.state.started_ms
    stage.act(do.Play(), ANN)
    assert (stage.state.status, stage.state.started_ms) == ("live", first_start)


def test_settings_change_what_was_given_and_leave_the_rest() -> None:
    stage = Stage()
    stage.act(do.ChangeSettings(title=" Saturday ", control="everyone", password="secret"), ANN)
    assert (stage.state.title, stage.state.settings.control, stage.state.has_password) == ("Saturday", "everyone", True)
    assert stage.state.settings.guests
    stage.act(do.ChangeSettings(password=None), ANN)
    assert not stage.state.has_password
    assert stage.state.title == "Saturday"


def test_settings_that_say_nothing_new_are_no_event_and_nothing_at_all_is_invalid() -> None:
    stage = Stage()
    assert stage.act(do.ChangeSettings(guests=True), ANN) == []
    assert refusal(stage, do.ChangeSettings(), ANN).code == "invalid"
    assert refusal(stage, do.ChangeSettings(title="  "), ANN).path == "title"


def test_no_event_ever_holds_the_password() -> None:
    stage = Stage()
    stage.act(do.ChangeSettings(password="hunter2-hunter2"), ANN)
    assert "hunter2" not in repr(stage.entries)


@pytest.mark.parametrize("command", [do.ChangeSettings(guests=False), do.Start(), do.End()])
def test_only_the_host_rules_the_party(command: do.Command) -> None:
    stage = Stage()
    stage.enter(BOB, GUS)
    stage.promote("bob", "cohost")
    assert refusal(stage, command, BOB).code == "forbidden"
    assert refusal(stage, command, GUS).code == "forbidden"


@pytest.mark.parametrize(
    ("control", "allowed"),
    [
        ("host", {"host"}),
        ("cohosts", {"host", "cohost"}),
        ("everyone", {"host", "cohost", "moderator", "member", "guest"}),
    ],
)
def test_the_setting_control_says_who_controls(control: str, allowed: set[Role]) -> None:
    stage = Stage(settings=Settings(control=control))  # type: ignore[arg-type]
    assert {role for role in RANK if may(stage.state, role, "control")} == allowed


@pytest.mark.parametrize("permission", DEFAULTS)
@pytest.mark.parametrize("least", RANK)
def test_an_override_moves_the_least_role_of_any_permission(permission: Permission, least: Role) -> None:
    stage = Stage(settings=Settings(permissions={permission: least}))
    assert {role for role in RANK if may(stage.state, role, permission)} == {
        role for role in RANK if RANK[role] >= RANK[least]
    }


def test_a_log_with_a_gap_or_a_wrong_beginning_is_not_read() -> None:
    stage = Stage()
    with pytest.raises(BrokenLog):
        apply(stage.state, ev.Entry(seq=stage.state.seq + 2, at_ms=0, event=ev.Started()))
    with pytest.raises(BrokenLog):
        apply(None, ev.Entry(seq=1, at_ms=0, event=ev.Started()))


def test_the_snapshot_shows_who_is_here_and_how_they_do() -> None:
    stage = Stage()
    stage.enter(BOB, GUS)
    stage.act(do.Leave(), GUS)
    shown = snapshot(
        stage.state, show_members(stage.state, {"ann": {"status": "playing", "drift_ms": 3.0, "rtt_ms": 20.0}})
    )
    assert [(member["id"], member["status"], member["drift_ms"]) for member in shown["members"]] == [
        ("ann", "playing", 3.0),
        ("bob", "offline", None),
    ]
    assert {"id", "code", "title", "status", "visibility", "settings", "playback", "video", "queue", "members", "chat",
            "poll", "waiting"} <= shown.keys()  # fmt: skip
