"""What a newcomer is shown of the others is the same whether it is made anew or put together from what was made before."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from realtime import census
from realtime.census import Census
from realtime.party import commands as do
from realtime.presence import Presence
from realtime.protocol import StatusReport
from tests.fakes.party import Stage, guest, show_members, user

ANN, BOB, GUS = user("ann"), user("bob"), guest("gus")
PEOPLE = {"bob": BOB, "gus": GUS}
STEPS = st.sampled_from(["enter", "leave", "mute", "connect", "drop", "report", "hear", "deaf", "expire", "look"])


def rows(presence: Presence, stage: Stage) -> tuple[object, object]:
    """Show who is in by both ways."""
    made = show_members(stage.state, presence.statuses("p"))
    return msgspec.json.decode(presence.census("p", stage.state.members)), msgspec.json.decode(
        msgspec.json.encode(made)
    )


@given(st.lists(st.tuples(STEPS, st.sampled_from(sorted(PEOPLE))), max_size=30), st.sampled_from([1, 2, census.BLOCK]))
def test_a_census_is_always_what_the_party_and_its_players_say(steps: list[tuple[str, str]], block: int) -> None:
    with patch.object(census, "BLOCK", block):
        for ours, made in looks(steps):
            assert ours == made


def looks(steps: list[tuple[str, str]]) -> Iterator[tuple[object, object]]:
    """Take the steps, and show who is in by both ways whenever somebody looks, and in the end."""
    stage, presence = Stage(), Presence()
    presence.enter("p", "ann", "socket of ann", 0)
    told: dict[str, dict[str, Any]] = {}
    for now_ms, (step, name) in enumerate(steps, 1):
        member = stage.state.members.get(name)
        inside = member is not None and member.present
        match step:
            case "enter":
                stage.enter(PEOPLE[name])
            case "leave" if inside:
                stage.act(do.Leave(), PEOPLE[name])
            case "mute" if inside:
                stage.act(do.Mute(member_id=name), ANN)
            case _:
                live(presence, told, step, name, now_ms)
        if step == "look":
            yield rows(presence, stage)
    yield rows(presence, stage)


def live(presence: Presence, told: dict[str, dict[str, Any]], step: str, name: str, now_ms: int) -> None:
    """Do what connections and other nodes do; `told` is what another node has said, changed in place as it says more."""
    match step:
        case "connect":
            presence.enter("p", name, name, now_ms)
        case "drop":
            presence.leave("p", name, name)
        case "report":
            presence.report("p", name, name, StatusReport(state="playing", drift_ms=float(now_ms)), now_ms)
        case "hear":
            told[name] = {"status": "paused", "drift_ms": float(now_ms), "rtt_ms": None}
            presence.hear("p", "other", told, 1, 1_000)
        case "deaf":
            told.clear()
            presence.hear("p", "other", told, 0, 1_000)
        case "expire":
            told.clear()
            presence.forget_elsewhere("p")


def test_a_party_that_was_read_again_is_shown_from_its_beginning() -> None:
    census, one, other = Census(), Stage(), Stage()
    one.enter(BOB)
    other.enter(GUS)
    for stage in (one, other):
        shown = msgspec.json.decode(
            census.encoded(stage.state.members, lambda _id: {"status": "idle", "drift_ms": 0, "rtt_ms": 0})
        )
        assert [member["id"] for member in shown] == list(stage.state.members)
