"""Parties over REST."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.services.parties import ALPHABET
from conf.clock import utc
from realtime.engine import Engine
from realtime.presence import Presence
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


async def a_party(api: Api, **changes: Any) -> dict[str, Any]:
    reply = await api.post("/parties", {"title": "Film night", **changes})
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body


async def a_video(api: Api, **changes: Any) -> dict[str, Any]:
    body = {"title": "A film", "source": "url", "url": "https://media.example/film.mp4", **changes}
    reply = await api.post("/videos", body)
    assert reply.status == 201, reply
    made: dict[str, Any] = reply.body
    return made


@pytest.mark.gen_test
async def test_a_new_party_is_a_lobby_with_a_code_that_people_can_type(api: Api, host: Person, store: Store) -> None:
    video = await a_video(api)
    party = await a_party(api, video_id=video["id"], description="All of it", settings={"control": "host"})
    assert (party["status"], party["visibility"], party["members_count"]) == ("lobby", "unlisted", 0)
    assert (party["host_id"], party["video_id"]) == (host.id, video["id"])
    assert len(party["code"]) == 8
    assert set(party["code"]) <= set(ALPHABET)
    assert party["settings"]["control"] == "host"
    assert (await api.get(f"/parties/{party['id']}")).body == party
    assert (await api.get(f"/parties/by-code/{party['code'].lower()}", token="")).body == party
    log = await store.party_log.read(party["id"])
    assert [event.type for event in log] == ["party.created"]


@pytest.mark.gen_test
async def test_a_scheduled_party_waits_for_its_time(api: Api, host: Person, clock: MovableClock) -> None:
    soon = utc(clock.now_ms()).replace(microsecond=0) + timedelta(hours=2)
    party = await a_party(api, scheduled_for=soon.isoformat(), visibility="public")
    assert party["status"] == "scheduled"
    assert datetime.fromisoformat(party["scheduled_for"]) == soon
    listed = await api.get("/parties", query={"filter": "upcoming"}, token="")
    assert [item["id"] for item in listed.body["items"]] == [party["id"]]
    past = await api.post("/parties", {"title": "x", "scheduled_for": "2020-01-01T00:00:00Z"})
    naive = await api.post("/parties", {"title": "x", "scheduled_for": "2099-01-01T00:00:00"})
    assert (past.status, naive.status) == (400, 400)


@pytest.mark.gen_test
async def test_a_party_shows_only_videos_that_its_host_may_see_and_that_play(
    api: Api, host: Person, guest: Person
) -> None:
    private = await a_video(api, visibility="private")
    uploading = (await api.post("/videos", {"title": "Not yet", "source": "upload"})).body
    foreign = await api.post("/parties", {"title": "x", "video_id": private["id"]}, token=guest.token)
    unknown = await api.post("/parties", {"title": "x", "video_id": "nope"})
    unready = await api.post("/parties", {"title": "x", "video_id": uploading["id"]})
    assert foreign.status == unknown.status == 400
    assert foreign.body["errors"] == unknown.body["errors"]
    assert (unready.status, unready.body["code"]) == (409, "not_ready")


@pytest.mark.gen_test
async def test_a_private_party_cannot_be_told_from_one_that_does_not_exist(
    api: Api, host: Person, guest: Person
) -> None:
    party = await a_party(api, visibility="private")
    missing = party["id"][:-4] + "0000"
    for method, tail, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/join", {}),
        ("POST", "/control", {"command": "play"}),
        ("POST", "/start", None),
        ("GET", "/members", None),
        ("GET", "/log", None),
        ("GET", "/chat", None),
    ):
        hidden = await api.call(method, f"/parties/{party['id']}{tail}", body, token=guest.token)
        absent = await api.call(method, f"/parties/{missing}{tail}", body, token=guest.token)
        for reply in (hidden, absent):
            assert reply.status == 404, (method, tail, reply)
            reply.body.pop("request_id")
        assert hidden.body == absent.body
    assert (await api.get(f"/parties/by-code/{party['code']}", token=guest.token)).status == 404
    assert (await api.get(f"/dashboards/parties/{party['id']}", token=guest.token)).status == 404
    assert (await api.get(f"/parties/{party['id']}")).status == 200


@pytest.mark.gen_test
async def test_only_the_host_starts_and_ends_a_party(api: Api, host: Person, guest: Person) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}"
    assert (await api.post(f"{path}/start", token=guest.token)).status == 403
    live = await api.post(f"{path}/start")
    assert (live.body["status"], "started_at" in live.body) == ("live", True)
    assert (await api.post(f"{path}/end", token=guest.token)).status == 403
    ended = await api.post(f"{path}/end")
    assert (ended.body["status"], "ended_at" in ended.body) == ("ended", True)
    again = await api.post(f"{path}/start")
    assert (again.status, again.body["code"]) == (409, "ended")


@pytest.mark.gen_test
async def test_control_goes_the_way_of_the_websocket_commands(
    api: Api, host: Person, guest: Person, engine: Engine
) -> None:
    party = await a_party(api, video_id=(await a_video(api))["id"])
    path = f"/parties/{party['id']}"
    await api.post(f"{path}/start")
    played = await api.post(f"{path}/control", {"command": "play"})
    sought = await api.post(f"{path}/control", {"command": "seek", "position_ms": 61_000})
    assert sought.body["seq"] > played.body["seq"] > party["seq"]
    state = await engine.state(party["id"])
    assert state.seq == sought.body["seq"]
    assert not state.playback.paused
    await api.post(f"{path}/join", token=guest.token)
    refused = await api.post(f"{path}/control", {"command": "pause"}, token=guest.token)
    assert (refused.status, refused.body["code"]) == (403, "forbidden")


@pytest.mark.gen_test
async def test_the_same_idempotency_key_has_effect_once(api: Api, host: Person, store: Store) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}/control"
    say = {"command": "chat.send", "body": "Once"}
    await api.post(f"/parties/{party['id']}/join")
    replies = await asyncio.gather(*(api.post(path, say, headers={"Idempotency-Key": "k1"}) for _ in range(5)))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body["seq"] for reply in replies}) == 1
    types = [event.type for event in await store.party_log.read(party["id"])]
    assert types.count("chat.sent") == 1


@pytest.mark.gen_test
async def test_a_password_opens_the_party_and_never_appears(api: Api, host: Person, guest: Person) -> None:
    party = await a_party(api, password="open sesame")
    path = f"/parties/{party['id']}"
    assert party["has_password"] is True
    assert (await api.post(f"{path}/join", {}, token=guest.token)).status == 403
    assert (await api.post(f"{path}/join", {"password": "wrong"}, token=guest.token)).status == 403
    assert (await api.get(f"{path}/members", token=guest.token)).status == 403
    assert (await api.post(f"{path}/join", {"password": "open sesame"}, token=guest.token)).status == 200
    assert (await api.get(f"{path}/members", token=guest.token)).status == 200
    everything = [await api.get(path), await api.get(f"{path}/log"), await api.get(f"{path}/members")]
    assert not any(b"sesame" in reply.raw or b"argon2" in reply.raw for reply in everything)
    opened = await api.patch(path, {"password": None})
    assert opened.body["has_password"] is False


@pytest.mark.gen_test
async def test_a_changed_password_counts_at_once(api: Api, host: Person, guest: Person) -> None:
    party = await a_party(api, password="the first one")
    path = f"/parties/{party['id']}"
    assert (await api.patch(path, {"password": "the second"})).status == 200
    assert (await api.post(f"{path}/join", {"password": "the first one"}, token=guest.token)).status == 403
    assert (await api.post(f"{path}/join", {"password": "the second"}, token=guest.token)).status == 200


async def counted(api: Api, path: str) -> tuple[int, int]:
    party = (await api.get(path)).body
    return party["members_count"], party["connected_count"]


@pytest.mark.gen_test
async def test_members_are_who_entered_and_who_is_connected_is_counted_apart(
    api: Api, host: Person, guest: Person, presence: Presence, clock: MovableClock
) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}"
    await api.post(f"{path}/join", token=guest.token)
    members = (await api.get(f"{path}/members", token=guest.token)).body["items"]
    assert [(member["id"], member["role"], member["connected"]) for member in members] == [(guest.id, "member", False)]
    named = (await api.get(f"{path}/members", query={"ids": f"{guest.id},nobody"})).body["items"]
    assert [member["username"] for member in named] == ["gustav"]
    assert (await api.get(f"{path}/members", query={"ids": host.id})).body["items"] == []
    assert (await api.get(f"{path}/members", query={"ids": ",".join(map(str, range(101)))})).status == 400
    assert await counted(api, path) == (1, 0)
    presence.enter(party["id"], guest.id, object(), clock.now_ms())
    assert await counted(api, path) == (1, 1)
    await api.post(f"{path}/leave", token=guest.token)
    assert (await counted(api, path))[0] == 0
    assert (await api.get(f"{path}/members")).body["items"] == []


@pytest.mark.gen_test
async def test_a_host_changes_the_party_and_if_match_guards_it(api: Api, host: Person, guest: Person) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}"
    tag = (await api.get(path)).headers["ETag"]
    not_modified = await api.get(path, headers={"If-None-Match": tag})
    assert (not_modified.status, not_modified.raw) == (304, b"")
    changed = await api.patch(
        path,
        {"title": "Premiere", "visibility": "public", "settings": {"slow_mode_s": 5}},
        headers={"If-Match": tag},
    )
    assert changed.status == 200, changed
    assert (changed.body["title"], changed.body["visibility"]) == ("Premiere", "public")
    assert changed.body["settings"] == {**party["settings"], "slow_mode_s": 5}
    late = await api.patch(path, {"title": "Too late"}, headers={"If-Match": tag})
    assert (late.status, late.body["code"]) == (412, "precondition_failed")
    assert (await api.patch(path, {"title": "Not mine"}, token=guest.token)).status == 403
    assert (await api.patch(path, {})).body["title"] == "Premiere"
    video = await a_video(api)
    assert (await api.patch(path, {"video_id": video["id"]})).body["video_id"] == video["id"]
    assert (await api.patch(path, {"video_id": "nope"})).status == 400


@pytest.mark.gen_test
async def test_each_filter_lists_what_its_name_says(api: Api, host: Person, guest: Person) -> None:
    public = await a_party(api, title="public", visibility="public")
    hidden = await a_party(api, title="private", visibility="private")
    live = await a_party(api, title="live", visibility="public")
    await api.post(f"/parties/{live['id']}/start")
    ended = await a_party(api, title="ended")
    await api.post(f"/parties/{ended['id']}/end")
    await api.post(f"/parties/{public['id']}/join", token=guest.token)

    async def titles(filter_: str, token: str) -> set[str]:
        reply = await api.get("/parties", query={"filter": filter_}, token=token)
        assert reply.status == 200, reply
        return {item["title"] for item in reply.body["items"]}

    assert await titles("public", "") == {"public", "live"}
    assert await titles("live", "") == {"live"}
    assert await titles("mine", host.token) == {"public", "private", "live", "ended"}
    assert await titles("mine", guest.token) == {"public"}
    assert await titles("past", host.token) == {"ended"}
    assert await titles("past", guest.token) == set()
    assert hidden["visibility"] == "private"
    for mine in ("mine", "past"):
        assert (await api.get("/parties", query={"filter": mine}, token="")).status == 401
    assert (await api.get("/parties", query={"filter": "public,mine"}, token="")).status == 400
    of_host = await api.get("/parties", query={"host_id": host.id}, token="")
    assert {party["host_id"] for party in of_host.body["items"]} == {host.id}
    assert (await api.get("/parties", query={"host_id": guest.id}, token="")).body["items"] == []


@pytest.mark.gen_test
async def test_pages_hold_every_party_once(api: Api, host: Person) -> None:
    made = [(await a_party(api, visibility="public"))["id"] for _ in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api.get("/parties", query={"limit": 3, **cursor}, token="")).body
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == made[::-1]
    for query in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "nonsense!"}, {"page": 2}):
        assert (await api.get("/parties", query=query, token="")).status == 400


@pytest.mark.gen_test
async def test_a_deleted_party_is_on_no_list_but_its_log_stays(
    api: Api, host: Person, guest: Person, store: Store
) -> None:
    party = await a_party(api, visibility="public")
    path = f"/parties/{party['id']}"
    assert (await api.delete(path, token=guest.token)).status == 403
    assert (await api.delete(path)).status == 204
    assert (await api.get(path)).status == 404
    assert (await api.get("/parties", query={"filter": "mine"})).body["items"] == []
    assert [event.type for event in await store.party_log.read(party["id"])] == ["party.created", "party.ended"]


@pytest.mark.gen_test
async def test_times_are_rfc_3339_in_utc(api: Api, host: Person) -> None:
    party = await a_party(api)
    assert party["created_at"].endswith("Z")
    assert datetime.fromisoformat(party["created_at"]).tzinfo == UTC
