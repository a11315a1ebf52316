"""What somebody is told about their own account, whatever they chose."""

import asyncio

import pytest

from api.services.notifications.all import NotificationServices
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration


async def events(api: Api, person: Person) -> list[str]:
    items = (await api.get("/notifications", token=person.token)).body["items"]
    assert {item["kind"] for item in items} <= {"security"}
    return [item["fields"]["event"] for item in items]


async def sign_in(api: Api, person: Person, device: str) -> str:
    body = {"email": person.email, "password": person.password}
    reply = await api.post("/auth/login", body, token="", headers={"User-Agent": device})
    assert reply.status == 200
    return str(reply.body["access_token"])


@pytest.mark.gen_test
async def test_a_sign_in_from_an_unknown_device_is_told_once(api: Api, host: Person) -> None:
    await sign_in(api, host, "Phone 1")
    assert await events(api, host) == ["new_sign_in"]
    for _ in range(2):
        await sign_in(api, host, "Phone 1")
    assert await events(api, host) == ["new_sign_in"]
    await sign_in(api, host, "Tablet 2")
    (item, _) = (await api.get("/notifications")).body["items"]
    assert "Tablet 2" in item["text"]


@pytest.mark.gen_test
async def test_the_first_sign_in_of_an_account_is_its_owners(api: Api) -> None:
    new = await api.person("nadine")
    assert await events(api, new) == []


@pytest.mark.gen_test
async def test_a_new_password_is_told_also_where_the_mails_are_switched_off(
    api: Api, host: Person, notifications: NotificationServices
) -> None:
    await api.call("PUT", "/notifications/preferences", {"email_mode": "off"})
    change = {"current_password": host.password, "password": "a new sentence", "password_confirm": "a new sentence"}
    assert (await api.post("/auth/change-password", change)).status == 204
    assert await events(api, host) == ["password_changed"]
    assert await notifications.deliverer.deliver_due() == 1


@pytest.mark.gen_test
async def test_a_stolen_session_is_told_once_however_often_the_thief_comes(
    api: Api, host: Person, clock: MovableClock, logs: ExpectedLogs
) -> None:
    stolen = {"refresh_token": host.refresh_token}
    assert (await api.post("/auth/refresh", stolen)).status == 200
    clock.move(60)
    logs.allow("a refresh token came back after its use")
    tries = await asyncio.gather(*(api.post("/auth/refresh", stolen, token="") for _ in range(20)))
    assert {reply.status for reply in tries} == {401}
    host.token = await sign_in(api, host, "")
    assert (await events(api, host)).count("session_stolen") == 1
