"""Invites at the doors of the websocket."""

import pytest

from api.application import AccessServices
from store.database import Store
from store.ids import new_id
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome
from tests.api.invites import a_private_party, invited, recorded, token_of

pytestmark = pytest.mark.integration


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.mark.gen_test
async def test_the_door_of_the_websocket_opens_to_an_invite(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, other: Person, identity: AccessServices, clock: MovableClock, store: Store
) -> None:
    party = await a_private_party(api)
    named = await invited(api, party, username="gustav")
    open_ = token_of(await invited(api, party))
    visitor = "g" + new_id(clock.now_ms())

    async def opens(invite: str, user_id: str | None, guest_id: str | None = None) -> bool:
        return await identity.doors.opens(party["id"], password=None, invite=invite, user_id=user_id, guest_id=guest_id)

    assert not await opens(token_of(named), other.id)
    assert not await opens(token_of(named), None, visitor)
    assert await opens(token_of(named), guest.id)
    assert await opens(named["id"], guest.id)
    assert await opens(open_, None, visitor)
    assert not await opens(open_, other.id)
    settled = {"invite": open_, "user_id": None, "guest_id": visitor}
    await identity.doors.settle(party["id"], **settled, entered=False)
    assert await opens(open_, other.id)
    assert not await opens(open_, None, visitor)
    await identity.doors.settle(party["id"], invite=open_, user_id=other.id, guest_id=None, entered=True)
    assert len(await recorded(store, party["id"], "party.invite_accepted")) == 1
    elsewhere = await a_private_party(api)
    fresh = token_of(await invited(api, party))
    assert not await identity.doors.opens(elsewhere["id"], password=None, invite=fresh, user_id=other.id)
