"""Who is behind a websocket's hello, and what opens a closed party."""

import asyncio

import pytest

from api.application import AccessServices
from realtime.credentials import BadCredential
from realtime.protocol import Hello
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


async def close_code(identity: AccessServices, hello: Hello) -> int:
    with pytest.raises(BadCredential) as refused:
        await identity.credentials.identify(hello)
    return refused.value.close_code


@pytest.mark.gen_test
async def test_an_access_token_says_who_and_until_when(
    host: Person, identity: AccessServices, clock: MovableClock
) -> None:
    found = await identity.credentials.identify(Hello(token=host.token))
    assert (found.user_id, found.name) == (host.id, "hanna")
    assert found.family is not None
    assert found.expires_ms == pytest.approx(clock.now_ms() + 900_000, abs=10_000)
    clock.move(15 * 60 + 31)
    assert await close_code(identity, Hello(token=host.token)) == 4031
    assert await close_code(identity, Hello(token="nonsense")) == 4501
    assert await close_code(identity, Hello()) == 4501


@pytest.mark.gen_test
async def test_a_ticket_opens_once(api: Api, host: Person, identity: AccessServices) -> None:
    issued = await api.post("/auth/ticket")
    assert (issued.status, issued.body["expires_in"]) == (201, 30)
    hello = Hello(ticket=issued.body["ticket"])
    answers = await asyncio.gather(*(identity.credentials.identify(hello) for _ in range(20)), return_exceptions=True)
    assert len([answer for answer in answers if not isinstance(answer, BaseException)]) == 1
    assert all(isinstance(answer, BadCredential) for answer in answers if isinstance(answer, BaseException))
    by_token = await identity.credentials.identify(Hello(token=host.token))
    winner = next(answer for answer in answers if not isinstance(answer, BaseException))
    assert (winner.user_id, winner.family) == (by_token.user_id, by_token.family)


@pytest.mark.gen_test
async def test_a_ticket_is_over_after_thirty_seconds(
    api: Api, host: Person, identity: AccessServices, clock: MovableClock
) -> None:
    issued = await api.post("/auth/ticket")
    clock.move(31)
    assert await close_code(identity, Hello(ticket=issued.body["ticket"])) == 4031
    assert await close_code(identity, Hello(ticket="invented")) == 4031


@pytest.mark.gen_test
async def test_a_session_that_ended_opens_nothing(api: Api, host: Person, identity: AccessServices) -> None:
    await api.post("/auth/logout", {"refresh_token": host.refresh_token})
    assert await close_code(identity, Hello(token=host.token)) == 4501


@pytest.mark.gen_test
async def test_a_password_opens_its_party(api: Api, host: Person, guest: Person, identity: AccessServices) -> None:
    party = (await api.post("/parties", {"title": "x", "password": "open sesame"})).body["id"]
    private = (await api.post("/parties", {"title": "x", "visibility": "private"})).body["id"]

    async def opens(party_id: str, password: str | None, user_id: str | None) -> bool:
        return await identity.doors.opens(party_id, password=password, invite=None, user_id=user_id)

    assert await opens(party, "open sesame", guest.id)
    assert await opens(party, "open sesame", None)
    assert await opens(party, None, host.id)
    assert not await opens(party, "wrong", guest.id)
    assert not await opens(party, None, guest.id)
    assert not await opens(private, None, guest.id)
    assert await opens(private, None, host.id)
    assert not await opens("nope", "open sesame", guest.id)
    await identity.doors.lock(party, None)
    assert await opens(party, None, guest.id)
