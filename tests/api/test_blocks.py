"""Who is blocked cannot join, message or see: over REST, in lists, by invites, in chats and with videos."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from api.application import AccessServices
from api.services.all import Services
from api.services.notifications.notifier import Note
from store.database import Store
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


async def party_of(api: Api, **fields: Any) -> dict[str, Any]:
    made = await api.post("/parties", {"title": "Friday", "visibility": "public", **fields})
    assert made.status == 201, made
    found: dict[str, Any] = made.body
    return found


@pytest.mark.gen_test
async def test_the_hosts_parties_are_404_for_whom_they_block(api: Api, host: Person, guest: Person) -> None:
    party = await party_of(api)
    party_id, code = party["id"], party["code"]
    assert (await api.post(f"/parties/{party_id}/join", token=guest.token)).status == 200
    await api.post("/users/gustav/block")
    nothing = (await api.get("/parties/nothing", token=guest.token)).body
    calls = [
        ("GET", f"/parties/{party_id}"),
        ("GET", f"/parties/by-code/{code}"),
        ("POST", f"/parties/{party_id}/join"),
        ("POST", f"/parties/{party_id}/leave"),
        ("GET", f"/parties/{party_id}/members"),
        ("GET", f"/parties/{party_id}/log"),
        ("GET", f"/parties/{party_id}/chat"),
    ]
    for method, path in calls:
        refused = await api.call(method, path, token=guest.token)
        assert refused.status == 404, (method, path, refused)
        assert {**refused.body, "request_id": ""} == {**nothing, "request_id": ""}
    said = await api.post(f"/parties/{party_id}/control", {"command": "chat.send", "body": "hi"}, token=guest.token)
    assert said.status == 404
    for which in ("public", "mine"):
        assert (await api.get("/parties", query={"filter": which}, token=guest.token)).body["items"] == []
    assert [row["id"] for row in (await api.get("/parties")).body["items"]] == [party_id]
    members = (await api.get(f"/parties/{party_id}/members")).body["items"]
    assert members == []  # they were put out
    await api.delete("/users/gustav/block")
    assert (await api.post(f"/parties/{party_id}/join", token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_a_block_by_the_creator_counts_when_another_hosts(
    api: Api, host: Person, guest: Person, built: Services
) -> None:
    party = await party_of(api)
    other = await api.person("olga")
    for person in (guest, other):
        await api.post(f"/parties/{party['id']}/join", token=person.token)
    moved = await api.post(f"/parties/{party['id']}/control", {"command": "host.transfer", "member_id": other.id})
    assert moved.status == 200, moved
    await api.post("/users/gustav/block")
    assert (await api.get(f"/parties/{party['id']}", token=guest.token)).status == 404
    await api.delete("/users/gustav/block")
    await api.post("/users/hanna/block", token=other.token)
    assert (await api.get(f"/parties/{party['id']}")).status == 200  # it is her own: nobody takes it from her
    await api.post("/users/gustav/block", token=other.token)
    assert (await api.get(f"/parties/{party['id']}", token=guest.token)).status == 404


@pytest.mark.gen_test
async def test_an_invite_opens_nothing_to_whom_the_host_blocks(api: Api, host: Person, guest: Person) -> None:
    party = await party_of(api, visibility="private")
    invite = (await api.post(f"/parties/{party['id']}/invites", {"max_uses": 5})).body
    token = invite["url"].rpartition("=")[2]
    await api.post("/users/gustav/block")
    assert (await api.post(f"/invites/{token}/accept", token=guest.token)).status == 404
    for inviter, name in ((host, "gustav"), (guest, "hanna")):
        theirs = (await api.post("/parties", {"title": "P"}, token=inviter.token)).body
        named = await api.post(f"/parties/{theirs['id']}/invites", {"username": name}, token=inviter.token)
        assert named.status == 400, named


@pytest.mark.gen_test
async def test_the_blockers_videos_are_404_for_the_blocked(api: Api, host: Person, guest: Person) -> None:
    new = {"title": "A film", "source": "url", "url": "https://example.com/f.mp4", "visibility": "public"}
    video = (await api.post("/videos", new)).body
    address = f"/videos/{video['id']}"
    mine = (await api.post("/parties", {"title": "Mine"}, token=guest.token)).body
    assert (await api.get(address, token=guest.token)).status == 200
    await api.post("/users/gustav/block")
    assert (await api.get(address, token=guest.token)).status == 404
    assert (await api.get(f"{address}/stream", token=guest.token)).status == 404
    assert (await api.get("/videos", token=guest.token)).body["items"] == []
    assert (await api.get("/videos", query={"uploader_id": host.id}, token=guest.token)).body["items"] == []
    shown = await api.patch(f"/parties/{mine['id']}", {"video_id": video["id"]}, token=guest.token)
    assert shown.status == 400
    queue = {"command": "queue.add", "video_id": video["id"]}
    assert (await api.post(f"/parties/{mine['id']}/control", queue, token=guest.token)).status == 404
    assert (await api.get(address)).status == 200


@pytest.mark.gen_test
async def test_in_anothers_party_words_are_hidden_from_who_blocks_their_author_alone(
    api: Api, host: Person, guest: Person
) -> None:
    party = await party_of(api)
    cleo = await api.person("cleo")
    for person in (guest, cleo):
        await api.post(f"/parties/{party['id']}/join", token=person.token)
    say = {"command": "chat.send", "body": "hello @cleo"}
    assert (await api.post(f"/parties/{party['id']}/control", say, token=guest.token)).status == 200
    await api.post("/users/gustav/block", token=cleo.token)

    async def read(token: str) -> tuple[list[Any], list[Any]]:
        chat = (await api.get(f"/parties/{party['id']}/chat", token=token)).body["items"]
        log = (await api.get(f"/parties/{party['id']}/log", token=token)).body["items"]
        assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1))
        messages = [frame["message"] for frame in log if frame["t"] == "chat"]
        return (
            [(message["body"], message["mentions"], message["hidden"]) for message in chat],
            [(message["body"], message["mentions"], message.get("hidden", False)) for message in messages],
        )

    hidden, open_ = ("", [], True), ("hello @cleo", [cleo.id], False)
    assert await read(cleo.token) == ([hidden], [hidden])
    assert await read(host.token) == ([open_], [open_])
    assert await read(guest.token) == ([open_], [open_])


@pytest.mark.gen_test
async def test_nobody_is_told_what_somebody_did_whom_they_block(
    api: Api, host: Person, guest: Person, built: Services, store: Store
) -> None:
    await api.post("/users/gustav/block")
    note = Note(user_id=host.id, kind="mentioned", key="m1", by=guest.id, fields={"username": "gustav"})
    assert await built.notifier.tell(note) is None
    assert await store.notifications.by_key(host.id, "m1") is None


@pytest.mark.gen_test
async def test_staff_see_what_people_hide_from_them(api: Api, host: Person, guest: Person, store: Store) -> None:
    party = await party_of(api)
    await api.post("/users/gustav/block")
    await store.users.set_role(guest.id, "staff")
    assert (await api.get(f"/parties/{party['id']}", token=guest.token)).status == 200
    assert (await api.get("/users/hanna", token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_block_and_join_at_once_end_with_the_blocked_outside(
    api: Api, host: Person, guest: Person, identity: AccessServices, mongo_client: MongoClient[dict[str, Any]]
) -> None:
    party = await party_of(api)
    joins = [api.post(f"/parties/{party['id']}/join", token=guest.token) for _ in range(10)]
    replies = await asyncio.gather(*joins[:5], api.post("/users/gustav/block"), *joins[5:])
    assert {reply.status for reply in replies} <= {200, 204, 404}
    assert (await api.get(f"/parties/{party['id']}/log", token=guest.token)).status == 404
    said = await api.post(f"/parties/{party['id']}/control", {"command": "chat.send", "body": "x"}, token=guest.token)
    assert said.status == 404
