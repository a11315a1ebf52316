"""What is good once is good once: of a hundred who redeem the same thing in the same moment, exactly one wins."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from api.application import MailServices
from api.services.all import Services
from store.database import Store
from tests.api.client import Api, Person, Reply
from tests.api.conftest import MovableClock, Welcome
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration

MANY = 100
NEXT = "a seat in the last row"


@asynccontextmanager
async def crowd(api: Api) -> AsyncIterator[Api]:
    """Let a hundred requests be under way at once; Tornado's own client sends ten."""
    http = AsyncHTTPClient(force_instance=True, max_clients=MANY)
    yield Api(http, api.base_url, api.openapi.document)
    http.close()


async def all_at_once(api: Api, path: str, body: Any, token: str = "") -> list[Reply]:
    async with crowd(api) as many:
        return await asyncio.gather(*(many.post(path, body, token=token) for _ in range(MANY)))


@pytest.mark.gen_test(timeout=60)
async def test_one_verification(api: Api, mail: MailServices, store: Store, host: Person) -> None:
    user = await store.users.by_id(host.id)
    assert user is not None
    token = await mail.tokens.make(user, "verify_email", timedelta(hours=1))
    replies = await all_at_once(api, "/auth/verify-email", {"token": token})
    assert Counter(reply.status for reply in replies) == {204: 1, 400: MANY - 1}


@pytest.mark.gen_test(timeout=60)
async def test_one_reset(api: Api, mail: MailServices, store: Store, host: Person) -> None:
    user = await store.users.by_id(host.id)
    assert user is not None
    token = await mail.tokens.make(user, "reset_password", timedelta(hours=1))
    body = {"token": token, "password": NEXT, "password_confirm": NEXT}
    replies = await all_at_once(api, "/auth/reset-password", body)
    assert Counter(reply.status for reply in replies) == {204: 1, 400: MANY - 1}
    assert (await api.sign_in(host.email, NEXT)).id == host.id


@pytest.mark.gen_test(timeout=60)
async def test_one_refresh(api: Api, store: Store, clock: MovableClock, host: Person, logs: ExpectedLogs) -> None:
    """Within the grace period all get the answer of the one rotation; a moment later the same token ends the session."""
    logs.allow("a refresh token came back after its use")
    body = {"refresh_token": host.refresh_token}
    replies = await all_at_once(api, "/auth/refresh", body)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body["refresh_token"] for reply in replies}) == 1
    tokens = await store.refresh_tokens._collection.find({"user_id": host.id})
    assert Counter(token["rotated_at"] is not None for token in tokens) == {True: 1, False: 1}
    clock.move(11)
    late = await all_at_once(api, "/auth/refresh", body)
    assert {reply.status for reply in late} == {401}
    successor = await api.post("/auth/refresh", {"refresh_token": replies[0].body["refresh_token"]}, token="")
    assert successor.status == 401


@pytest.mark.gen_test(timeout=60)
async def test_one_invite(api: Api, store: Store, welcome_many: list[Person], host: Person) -> None:
    party = (await api.post("/parties", {"title": "Friday", "visibility": "private"})).body
    url = (await api.post(f"/parties/{party['id']}/invites", {})).body["url"]
    path = f"/invites/{url.rpartition('invite=')[2]}/accept"
    async with crowd(api) as many:
        replies = await asyncio.gather(*(many.post(path, token=person.token) for person in welcome_many))
    assert Counter(reply.status for reply in replies) == {200: 1, 404: MANY - 1}
    entered = await store.parties.by_id(party["id"])
    assert entered is not None
    assert entered.members_count == 1


@pytest.fixture
def welcome_many(welcome: Welcome) -> list[Person]:
    return [welcome(f"guest{n:03}") for n in range(MANY)]


@pytest.mark.gen_test(timeout=60)
async def test_one_ticket(api: Api, built: Services, host: Person) -> None:
    ticket = (await api.post("/auth/ticket")).body["ticket"]
    found = await asyncio.gather(*(built.tickets.redeem(ticket) for _ in range(MANY)))
    assert [one.user_id for one in found if one is not None] == [host.id]
