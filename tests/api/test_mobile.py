"""What apps ask for: figures, one screen, devices."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.openapi import document
from api.routes import ROUTES
from api.services.mobile.devices import MOST
from api.services.mobile.figures import LIMITS
from conf.clock import utc
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome

pytestmark = pytest.mark.integration

PHONE = {"id": "phone-1", "platform": "ios", "name": "Hanna's phone", "app_version": "1.2.0", "push_token": "t0ken"}


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.mark.gen_test
async def test_the_figures_are_for_everybody_and_change_their_tag_with_what_they_say(
    api: Api, clock: MovableClock
) -> None:
    first = await api.get("/mobile/config", token="")
    assert first.status == 200
    assert first.body["heartbeat"] == {"interval_ms": 15_000, "silence_ms": 45_000, "hello_ms": 5_000}
    assert first.body["features"]["registration"] is True
    tag = first.headers["ETag"]
    clock.move(3600)
    later = await api.get("/mobile/config", token="")
    assert later.headers["ETag"] == tag
    assert later.body["server_time"] > first.body["server_time"]
    assert (await api.get("/mobile/config", token="", headers={"If-None-Match": tag})).status == 304


def test_the_limits_are_those_of_the_document() -> None:
    known = document(ROUTES, version="1")
    schemas, paths = known["components"]["schemas"], known["paths"]

    def most(path: str) -> int:
        parameters = paths[f"/api/v1{path}"]["get"]["parameters"]
        found: int = next(one for one in parameters if one["name"] == "limit")["schema"]["maximum"]
        return found

    assert {
        "page_items": most("/parties"),
        "sync_items": most("/mobile/sync"),
        "title_characters": schemas["NewParty"]["properties"]["title"]["maxLength"],
        "message_characters": schemas["ControlSay"]["properties"]["body"]["maxLength"],
    } == LIMITS


async def a_party(api: Api, title: str, token: str, **changes: Any) -> str:
    reply = await api.post("/parties", {"title": title, "visibility": "public", **changes}, token=token)
    assert reply.status == 201, reply
    name: str = reply.body["id"]
    return name


@pytest.mark.gen_test
async def test_one_screen_in_one_call(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, other: Person, store: Store, clock: MovableClock
) -> None:
    soon = (utc(clock.now_ms()) + timedelta(hours=2)).isoformat()
    mine = await a_party(api, "mine", host.token, visibility="private")
    live = await a_party(api, "live", guest.token)
    unfollowed = await a_party(api, "unfollowed", other.token)
    hidden = await a_party(api, "hidden", guest.token, visibility="private")
    await a_party(api, "planned", guest.token, scheduled_for=soon)
    for name, person in ((live, guest), (unfollowed, other), (hidden, guest)):
        await api.post(f"/parties/{name}/start", token=person.token)
    await store.relations.add("follow", host.id, guest.id, utc(clock.now_ms()))
    await api.post("/videos", {"title": "v", "source": "url", "url": "https://a.example/v", "visibility": "public"})
    home = await api.get("/mobile/home")
    assert home.status == 200
    shown = {
        name: [item["title"] for item in home.body[name]] for name in home.body if isinstance(home.body[name], list)
    }
    assert shown["live"] == ["live"]
    assert shown["upcoming"] == ["planned"]
    assert shown["mine"] == ["mine"]
    assert sorted(shown["recommended"]) == ["live", "planned", "unfollowed"]
    assert shown["videos"] == ["v"]
    assert (home.body["me"]["id"], home.body["unread_count"]) == (host.id, 0)
    await store.relations.add("block", guest.id, host.id, utc(clock.now_ms()))
    blocked = (await api.get("/mobile/home")).body
    assert [item["title"] for item in blocked["recommended"]] == ["unfollowed"]
    assert blocked["live"] == blocked["upcoming"] == []
    assert mine in {item["id"] for item in blocked["mine"]}
    assert (await api.get("/mobile/home", token="")).status == 401


@pytest.mark.gen_test
async def test_a_device_is_registered_once_however_often_it_asks(api: Api, host: Person, guest: Person) -> None:
    replies = await asyncio.gather(*(api.post("/mobile/devices", PHONE) for _ in range(50)))
    assert {reply.status for reply in replies} == {200}
    (device,) = (await api.get("/mobile/devices")).body["items"]
    assert (device["id"], device["has_push_token"]) == ("phone-1", True)
    assert "t0ken" not in str(device)
    await api.post("/mobile/devices", {**PHONE, "app_version": "1.3.0"})
    (updated,) = (await api.get("/mobile/devices")).body["items"]
    assert (updated["app_version"], updated["created_at"]) == ("1.3.0", device["created_at"])
    assert (await api.delete("/mobile/devices/phone-1", token=guest.token)).status == 404
    assert (await api.delete("/mobile/devices/phone-1")).status == 204
    assert (await api.delete("/mobile/devices/phone-1")).status == 404


@pytest.mark.gen_test
async def test_a_push_token_belongs_to_whoever_registered_it_last(api: Api, host: Person, guest: Person) -> None:
    await api.post("/mobile/devices", PHONE)
    await api.post("/mobile/devices", PHONE, token=guest.token)
    (before,) = (await api.get("/mobile/devices")).body["items"]
    (now,) = (await api.get("/mobile/devices", token=guest.token)).body["items"]
    assert (before["has_push_token"], now["has_push_token"]) == (False, True)


@pytest.mark.gen_test
async def test_devices_are_bounded_and_checked(api: Api, host: Person, clock: MovableClock) -> None:
    for number in range(MOST + 3):
        clock.move(1)
        await api.post("/mobile/devices", {**PHONE, "id": f"d{number}", "push_token": None})
    kept = [item["id"] for item in (await api.get("/mobile/devices")).body["items"]]
    assert kept == [f"d{number}" for number in range(MOST + 2, 2, -1)]
    for wrong in (
        {**PHONE, "id": "a/b"},
        {**PHONE, "id": ""},
        {**PHONE, "id": "a\n"},
        {**PHONE, "platform": "toaster"},
        {**PHONE, "name": "\u202e"},
        {**PHONE, "push_token": "ü"},
        {**PHONE, "user_id": "another"},
        {"id": "x"},
    ):
        assert (await api.post("/mobile/devices", wrong)).status == 400, wrong
