"""Incremental sync: what reaches an app, in which pages, and by which cursors."""

import asyncio
from typing import Any

import pytest
from bson.timestamp import Timestamp

from api.services.all import Services
from api.services.mobile.sync import IDLE_SECONDS, Place
from conf.clock import utc
from store.database import Store
from store.documents import Party
from store.ids import new_id
from store.pages import from_cursor, to_cursor
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.syncing import Things, apply

pytestmark = pytest.mark.integration


async def caught_up(api: Api, person: Person, things: Things, since: str | None, **query: Any) -> str:
    """Apply all pages to `things`, as an app does; return the cursor."""
    begun = since is None
    while True:
        asked = {**query, **({"since": since} if since else {})}
        page = await api.get("/mobile/sync", query=asked, token=person.token)
        assert page.status == 200, page
        if begun:
            assert page.body["full"] is True
        apply(things, page.body["items"])
        since = page.body["next"]
        if not page.body["more"]:
            return str(since)


@pytest.mark.gen_test
async def test_changes_reach_the_app_and_only_those_of_its_person(
    api: Api, host: Person, guest: Person, store: Store, clock: MovableClock
) -> None:
    made = await api.post("/parties", {"title": "before", "visibility": "private"})
    key = ("party", made.body["id"])
    things: Things = {}
    others: Things = {}
    cursor = await caught_up(api, host, things, None)
    assert things[key]["title"] == "before"
    await api.post(f"/parties/{key[1]}/control", {"command": "settings", "title": "after"})
    cursor = await caught_up(api, host, things, cursor)
    assert things[key]["title"] == "after"
    assert await caught_up(api, guest, others, None)
    assert others == {}
    await store.relations.add("follow", host.id, guest.id, utc(clock.now_ms()))
    cursor = await caught_up(api, host, things, cursor)
    assert ("relation", f"follow:{host.id}:{guest.id}") in things
    await store.relations.remove("follow", host.id, guest.id)
    await api.delete(f"/parties/{key[1]}")
    cursor = await caught_up(api, host, things, cursor)
    assert things == {}
    await store.relations.add("follow", host.id, guest.id, utc(clock.now_ms()))
    await caught_up(api, host, things, cursor)
    assert list(things) == [("relation", f"follow:{host.id}:{guest.id}")]


@pytest.mark.gen_test
async def test_everybody_who_was_in_a_party_hears_of_its_end_and_its_deletion(
    api: Api, host: Person, guest: Person
) -> None:
    party = (await api.post("/parties", {"title": "x", "visibility": "public"})).body["id"]
    await api.post(f"/parties/{party}/join", {}, token=guest.token)
    things: Things = {}
    cursor = await caught_up(api, guest, things, None)
    await api.post(f"/parties/{party}/end")
    cursor = await caught_up(api, guest, things, cursor)
    assert things["party", party]["status"] == "ended"
    await api.delete(f"/parties/{party}")
    await caught_up(api, guest, things, cursor)
    assert things == {}


@pytest.mark.gen_test
async def test_who_is_blocked_loses_the_parties_of_the_other_and_gets_them_back(
    api: Api, host: Person, guest: Person, built: Services
) -> None:
    party = (await api.post("/parties", {"title": "x", "visibility": "public"})).body["id"]
    await api.post(f"/parties/{party}/join", {}, token=guest.token)
    things: Things = {}
    cursor = await caught_up(api, guest, things, None)
    assert list(things) == [("party", party)]
    await api.post("/users/gustav/block")
    cursor = await caught_up(api, guest, things, cursor)
    assert things == {}  # and nothing tells who blocked whom
    late: Things = {}
    await caught_up(api, guest, late, None)
    assert late == {}
    await api.delete("/users/gustav/block")
    await caught_up(api, guest, things, cursor)
    assert list(things) == [("party", party)]


@pytest.mark.gen_test
async def test_a_cursor_that_is_too_old_asks_for_everything_anew_and_an_idle_one_does_not_age(
    api: Api, host: Person, clock: MovableClock
) -> None:
    cursor = await caught_up(api, host, {}, None)
    for _ in range(8):
        clock.move(10 * 86_400)
        api.token = (await api.sign_in(host.email)).token
        host.token = api.token
        cursor = await caught_up(api, host, {}, cursor)
    clock.move(29 * 86_400 + IDLE_SECONDS)
    api.token = (await api.sign_in(host.email)).token
    reply = await api.get("/mobile/sync", query={"since": cursor})
    assert (reply.status, reply.body["code"]) == (410, "full_sync_required")


@pytest.mark.gen_test
async def test_a_cursor_is_its_persons_and_ours(api: Api, host: Person, guest: Person) -> None:
    cursor = await caught_up(api, host, {}, None)
    forged = [to_cursor(Place(1, seen)) for seen in (-1, 2**63, 5)]
    for since in (cursor, "nonsense", "é", *forged):
        reply = await api.get("/mobile/sync", query={"since": since}, token=guest.token)
        assert (reply.status, reply.body["code"]) == (400, "invalid"), since


@pytest.mark.gen_test
async def test_what_was_stored_before_there_were_moments_is_sent_in_full(api: Api, host: Person, store: Store) -> None:
    for number in range(5):
        await api.post("/parties", {"title": f"{number}"})
    await store._database["parties"].update_many({}, {"$unset": {"changed": 1}})
    things: Things = {}
    cursor = await caught_up(api, host, things, None, limit=2)
    assert len(things) == 5
    await api.post("/parties", {"title": "new"})
    await caught_up(api, host, things, cursor, limit=2)
    assert len(things) == 6


@pytest.mark.gen_test(timeout=60)
async def test_pages_are_read_while_a_hundred_changes_go_on(api: Api, host: Person, store: Store) -> None:
    ids = [(await api.post("/parties", {"title": "x"})).body["id"] for _ in range(20)]
    things: Things = {}

    async def change(number: int) -> None:
        party = ids[number % 20]
        await api.patch(f"/parties/{party}", {"title": f"t{number}"})
        if number % 7 == 0:
            await api.delete(f"/parties/{party}")

    async def follow() -> str:
        cursor = None
        for _ in range(15):
            cursor = await caught_up(api, host, things, cursor, limit=3)
        return str(cursor)

    cursor, *_ = await asyncio.gather(follow(), *(change(number) for number in range(100)))
    await caught_up(api, host, things, cursor, limit=3)
    left = (await api.get("/parties", query={"filter": "mine", "limit": 100})).body["items"]
    assert {key: things[key]["title"] for key in things} == {("party", one["id"]): one["title"] for one in left}


@pytest.mark.gen_test
async def test_a_cursor_goes_by_what_was_seen_and_not_by_a_clock(
    built: Services, store: Store, clock: MovableClock, host: Person
) -> None:
    """However late the newest change became visible, the next scan begins before it."""
    sync = built.mobile.sync
    user = await store.users.by_id(host.id)
    assert user is not None
    party = Party(id=new_id(1), code="ABCD2345", title="t", host_id=host.id, creator_id=host.id, created_at=utc(0))
    await store.parties.add(party)
    an_hour_ago = Timestamp(int(clock.now_ms() / 1000) - 3600, 7)
    await store._database["parties"].update_one({"_id": party.id}, {"$set": {"changed": an_hour_ago}})
    page = await sync.page(user, None, 10)
    assert from_cursor(page.next, Place).seen == an_hour_ago.time << 32 | 7
