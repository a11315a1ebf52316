"""People to each other: what is shown to whom, follows, and what one did oneself."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pymongo import MongoClient

from store.database import Store
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration

Welcome = Callable[[str], Person]


@pytest.fixture
def database_now(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    return mongo_client[database]


@pytest.mark.gen_test
async def test_a_profile_is_shown_as_far_as_its_privacy_says(api: Api, host: Person, guest: Person) -> None:
    await api.patch("/users/me", {"bio": "Films", "time_zone": "Europe/Berlin"})
    everything = {"id", "username", "display_name", "privacy", "bio", "time_zone", "followers_count"}
    name = {"id", "username", "display_name", "privacy"}

    async def seen(token: str) -> set[str]:
        reply = await api.get("/users/HANNA", token=token)
        assert reply.status == 200
        return set(reply.body) - {"following_count", "created_at", "you_follow"}

    assert await seen("") == await seen(guest.token) == everything
    await api.patch("/users/me", {"privacy": "followers"})
    assert await seen("") == await seen(guest.token) == name
    assert (await api.post("/users/hanna/follow", token=guest.token)).status == 204
    assert await seen(guest.token) == everything
    assert await seen("") == name
    await api.patch("/users/me", {"privacy": "private"})
    assert await seen(guest.token) == name
    assert await seen(host.token) == everything
    assert "email" not in (await api.get("/users/hanna", token=guest.token)).body


@pytest.mark.gen_test
async def test_who_does_not_exist_or_is_suspended_is_not_found(
    api: Api, host: Person, guest: Person, store: Store
) -> None:
    assert (await api.get("/users/nobody")).status == 404
    await store.users._set(guest.id, {"suspended": True})
    assert (await api.get("/users/gustav")).status == 404
    assert (await api.post("/users/gustav/follow")).status == 404
    assert (await api.post("/users/gustav/block")).status == 404


@pytest.mark.gen_test(timeout=60)
async def test_a_hundred_follows_at_once_are_one_and_are_told_once(
    api: Api, host: Person, guest: Person, database_now: Any
) -> None:
    replies = await asyncio.gather(*(api.post("/users/gustav/follow") for _ in range(100)))
    assert {reply.status for reply in replies} == {204}
    assert database_now.relations.count_documents({}) == 1
    told = list(database_now.notifications.find({"user_id": guest.id}))
    assert [(note["kind"], note["by"], note["fields"]["username"]) for note in told] == [("followed", host.id, "hanna")]
    followers = await api.get("/users/me/followers", token=guest.token)
    assert [card["username"] for card in followers.body["items"]] == ["hanna"]
    assert [card["username"] for card in (await api.get("/users/me/following")).body["items"]] == ["gustav"]
    shown = (await api.get("/users/gustav")).body
    assert (shown["you_follow"], shown["followers_count"]) == (True, 1)
    assert (await api.get("/users/hanna", token=guest.token)).body["follows_you"] is True
    # Followed, left and followed again: told once all the same.
    assert (await api.delete("/users/gustav/follow")).status == 204
    assert (await api.get("/users/me/following")).body["items"] == []
    assert (await api.post("/users/gustav/follow")).status == 204
    assert database_now.notifications.count_documents({}) == 1


@pytest.mark.gen_test
async def test_nobody_follows_or_blocks_themselves_and_private_people_take_no_followers(
    api: Api, host: Person, guest: Person
) -> None:
    assert (await api.post("/users/hanna/follow")).body["code"] == "conflict"
    assert (await api.post("/users/hanna/block")).body["code"] == "conflict"
    await api.patch("/users/me", {"privacy": "private"}, token=guest.token)
    assert (await api.post("/users/gustav/follow")).status == 403


@pytest.mark.gen_test
async def test_a_block_ends_follows_both_ways_and_hides_each_from_the_other(
    api: Api, host: Person, guest: Person, database_now: Any
) -> None:
    await api.post("/users/gustav/follow")
    await api.post("/users/hanna/follow", token=guest.token)
    assert (await api.post("/users/gustav/block")).status == 204
    assert [row["kind"] for row in database_now.relations.find()] == ["block"]
    nowhere = (await api.get("/users/nobody", token=guest.token)).body
    for token, name in ((guest.token, "hanna"), (host.token, "gustav")):
        hidden = await api.get(f"/users/{name}", token=token)
        assert hidden.status == 404
        assert {**hidden.body, "request_id": ""} == {**nowhere, "request_id": ""}
        assert (await api.post(f"/users/{name}/follow", token=token)).status == 404
    assert [card["username"] for card in (await api.get("/users/me/blocks")).body["items"]] == ["gustav"]
    assert (await api.get("/users/me/blocks", token=guest.token)).body["items"] == []
    assert (await api.delete("/users/gustav/block")).status == 204
    assert (await api.get("/users/hanna", token=guest.token)).status == 200


@pytest.mark.gen_test(timeout=60)
async def test_follow_and_block_at_once_leave_no_follow(
    api: Api, host: Person, guest: Person, database_now: Any
) -> None:
    for _ in range(10):
        calls = [api.post("/users/hanna/follow", token=guest.token) for _ in range(5)]
        await asyncio.gather(*calls[:3], api.post("/users/gustav/block"), *calls[3:])
        assert [row["kind"] for row in database_now.relations.find()] == ["block"]
        await api.delete("/users/gustav/block")


@pytest.mark.gen_test
async def test_lists_of_people_come_in_pages(api: Api, host: Person, welcome: Welcome) -> None:
    await asyncio.sleep(0)
    for name in ("ana", "ben", "cleo"):
        await api.person(name)
        assert (await api.post(f"/users/{name}/follow")).status == 204
    first = await api.get("/users/me/following", query={"limit": 2})
    second = await api.get("/users/me/following", query={"limit": 2, "cursor": first.body["next"]})
    names = [card["username"] for card in [*first.body["items"], *second.body["items"]]]
    assert names == ["cleo", "ben", "ana"]
    assert second.body["next"] is None
    assert (await api.get("/users/me/following", query={"cursor": "nonsense!"})).status == 400


@pytest.mark.gen_test(timeout=60)
async def test_ones_activity_is_what_one_did_newest_first_page_by_page(
    api: Api, host: Person, guest: Person, welcome: Welcome
) -> None:
    other = (await api.post("/parties", {"title": "Theirs"}, token=guest.token)).body
    await api.post("/users/gustav/follow")
    await api.post("/videos", {"title": "A film", "source": "url", "url": "https://example.com/f.mp4"})
    await api.post("/parties", {"title": "Mine"})
    await api.post(f"/parties/{other['id']}/join")
    await api.delete("/users/gustav/follow")
    await api.post("/users/gustav/follow")
    expected = [("followed", "gustav"), ("party_hosted", "Mine"), ("video_added", "A film"), ("party_joined", "Theirs")]
    whole = (await api.get("/users/me/activity")).body
    assert [(item["kind"], item["title"]) for item in whole["items"]] == expected
    assert whole["next"] is None
    paged, cursor = [], None
    for _ in range(4):
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/users/me/activity", query=query)).body
        paged += page["items"]
        cursor = page["next"]
    assert paged == whole["items"]
    assert cursor is None
    assert (await api.get("/users/me/activity", token=guest.token)).body["items"][0]["title"] == "Theirs"
    for bad in ("nonsense!", "k88AP_________8AoWE"):
        assert (await api.get("/users/me/activity", query={"cursor": bad})).status == 400, bad
