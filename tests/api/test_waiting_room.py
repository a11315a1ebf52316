"""The waiting room over REST: what who comes that way is told, and how they are let in."""

import pytest

from api.application import AccessServices
from realtime.engine import Engine
from tests.api.client import Api, Person
from tests.api.conftest import Welcome
from tests.api.invites import a_private_party, accept, invited, token_of

pytestmark = pytest.mark.integration

WAITING = {"visibility": "unlisted", "settings": {"approval": "everyone"}}


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.mark.gen_test
async def test_who_has_to_wait_is_told_so_reads_nothing_and_is_let_in_by_the_same_commands(
    api: Api, host: Person, guest: Person, engine: Engine
) -> None:
    party = await a_private_party(api, **WAITING)
    path = f"/parties/{party['id']}"
    told = await api.post(f"{path}/join", token=guest.token)
    assert (told.status, told.body["code"]) == (403, "forbidden")
    assert "lets people in" in told.body["detail"]
    for past in ("/chat", "/log", "/members"):
        assert (await api.get(path + past, token=guest.token)).status == 403
    approve = {"command": "approve", "member_id": guest.id}
    assert (await api.post(f"{path}/control", approve, token=guest.token)).status == 403
    assert (await api.post(f"{path}/control", approve)).status == 200
    assert (await api.post(f"{path}/join", token=guest.token)).status == 200
    assert (await engine.state(party["id"])).members[guest.id].present


@pytest.mark.gen_test
async def test_who_is_turned_away_over_rest_is_out(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api, **WAITING)
    path = f"/parties/{party['id']}"
    assert (await api.post(f"{path}/control", {"command": "deny", "member_id": guest.id})).status == 200
    again = await api.post(f"{path}/control", {"command": "approve", "member_id": guest.id})
    assert (again.status, again.body["code"]) == (409, "conflict")
    assert (await api.post(f"{path}/join", token=guest.token)).body["detail"] == "You were not let in."


@pytest.mark.gen_test
async def test_an_invite_by_name_goes_past_the_waiting_room_and_a_link_does_not_and_is_not_used_up(
    api: Api, host: Person, guest: Person, other: Person
) -> None:
    party = await a_private_party(api, **WAITING)
    link = token_of(await invited(api, party))
    assert (await accept(api, link, other)).status == 403
    named = token_of(await invited(api, party, username="gustav"))
    assert (await accept(api, named, guest)).status == 200
    assert (await api.patch(f"/parties/{party['id']}", {"settings": {"approval": "guests"}})).status == 200
    assert (await accept(api, link, other)).status == 200


@pytest.mark.gen_test
async def test_the_doors_know_for_whom_an_invite_is(
    api: Api, host: Person, guest: Person, other: Person, identity: AccessServices
) -> None:
    party, elsewhere = await a_private_party(api, **WAITING), await a_private_party(api)
    named = await invited(api, party, username="gustav")
    link = token_of(await invited(api, party))
    names = identity.doors.names
    assert await names(party["id"], invite=token_of(named), user_id=guest.id)
    assert await names(party["id"], invite=named["id"], user_id=guest.id)
    assert not await names(party["id"], invite=token_of(named), user_id=other.id)
    assert not await names(party["id"], invite=link, user_id=other.id)
    assert not await names(elsewhere["id"], invite=named["id"], user_id=guest.id)
