"""Lists, what was read, what is chosen, and who means to come."""

import asyncio
from typing import Any

import pytest

from api.services.all import Services
from api.services.notifications.notifier import Note
from conf.clock import utc
from store.database import Store
from store.documents import About
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.notifications.conftest import Raw

pytestmark = pytest.mark.integration

OFF = {"in_app": False, "email": False, "push": False}


async def told(built: Services, person: Person, count: int) -> list[str]:
    ids = []
    for number in range(count):
        note = Note(
            user_id=person.id,
            kind="followed",
            about=About(kind="user", id="ann"),
            key=f"followed:{number}",
            fields={"username": f"ann{number}"},
        )
        notification = await built.notifier.tell(note)
        assert notification is not None
        ids.append(notification.id)
    return ids


@pytest.mark.gen_test
async def test_the_list_is_paged_the_newest_first_and_counts_what_is_unread(
    api: Api, built: Services, host: Person, guest: Person
) -> None:
    ids = await told(built, host, 5)
    await told(built, guest, 1)
    first = (await api.get("/notifications", query={"limit": 3})).body
    assert first["unread_count"] == 5
    assert [item["text"] for item in first["items"]] == [f"Ann{number} follows you." for number in (4, 3, 2)]
    second = (await api.get("/notifications", query={"limit": 3, "cursor": first["next"]})).body
    assert [item["id"] for item in second["items"]] == [ids[1], ids[0]]
    assert second["next"] is None
    assert first["items"][0]["about"] == {"kind": "user", "id": "ann"}


@pytest.mark.gen_test
async def test_read_is_read_once_and_the_unread_can_be_listed(
    api: Api, built: Services, host: Person, clock: MovableClock
) -> None:
    ids = await told(built, host, 3)
    once = (await api.post(f"/notifications/{ids[0]}/read")).body
    clock.move(60)
    again = (await api.post(f"/notifications/{ids[0]}/read")).body
    assert once["read_at"] == again["read_at"] is not None
    unread = (await api.get("/notifications", query={"unread": "true"})).body
    assert ([item["id"] for item in unread["items"]], unread["unread_count"]) == ([ids[2], ids[1]], 2)
    both = await asyncio.gather(*(api.post("/notifications/read-all") for _ in range(20)))
    assert sum(reply.body["read"] for reply in both) == 2
    assert (await api.get("/notifications")).body["unread_count"] == 0


@pytest.mark.gen_test
async def test_what_is_deleted_is_gone_and_is_not_told_again(api: Api, built: Services, host: Person, raw: Raw) -> None:
    (made,) = await told(built, host, 1)
    assert (await api.delete(f"/notifications/{made}")).status == 204
    for call in (api.delete(f"/notifications/{made}"), api.post(f"/notifications/{made}/read")):
        assert (await call).status == 404
    assert (await api.get("/notifications")).body["items"] == []
    kept = raw.notifications.find_one({"_id": made})
    assert (kept["fields"], kept["about"]) == ({}, None)
    note = Note(user_id=host.id, kind="followed", key="followed:0")
    assert await built.notifier.tell(note) is None


@pytest.mark.gen_test
async def test_anothers_notification_is_not_there(api: Api, built: Services, host: Person, guest: Person) -> None:
    (made,) = await told(built, guest, 1)
    for method, path in (("POST", f"/notifications/{made}/read"), ("DELETE", f"/notifications/{made}")):
        theirs, absent = await api.call(method, path), await api.call(method, path.replace(made, "0198"))
        for reply in (theirs, absent):
            reply.body.pop("request_id")
        assert (theirs.status, theirs.body) == (404, absent.body)
    assert (await api.get("/notifications", token=guest.token)).body["unread_count"] == 1


@pytest.mark.gen_test
async def test_nobody_is_told_of_somebody_whom_they_block_or_who_blocks_them(
    built: Services, host: Person, guest: Person, store: Store, clock: MovableClock
) -> None:
    note = Note(user_id=host.id, kind="mentioned", by=guest.id, key="m1")
    for blocker, blocked in ((host, guest), (guest, host)):
        await store.relations.add("block", blocker.id, blocked.id, utc(clock.now_ms()))
        assert await built.notifier.tell(note) is None
        await store.relations.remove("block", blocker.id, blocked.id)
    assert await built.notifier.tell(note) is not None


@pytest.mark.gen_test
async def test_the_name_of_who_caused_it_is_found(api: Api, built: Services, host: Person, guest: Person) -> None:
    await built.notifier.tell(Note(user_id=host.id, kind="followed", by=guest.id, key="f1"))
    (item,) = (await api.get("/notifications")).body["items"]
    assert (item["text"], item["by"]) == ("Gustav follows you.", guest.id)


@pytest.mark.gen_test
async def test_preferences_begin_as_everybodys_and_are_replaced_as_a_whole(api: Api, host: Person) -> None:
    begin = (await api.get("/notifications/preferences")).body
    assert begin["email_mode"] == "immediate"
    assert begin["quiet_hours"] is None
    assert begin["kinds"]["followed"] == {"in_app": True, "email": False, "push": True}
    chosen = {"kinds": {"followed": OFF}, "email_mode": "weekly", "quiet_hours": {"from": "22:00", "to": "07:30"}}
    put = await api.call("PUT", "/notifications/preferences", chosen)
    assert put.status == 200
    assert put.body == (await api.get("/notifications/preferences")).body
    assert put.body["kinds"] == {**begin["kinds"], "followed": OFF}
    assert (put.body["email_mode"], put.body["quiet_hours"]) == ("weekly", chosen["quiet_hours"])
    back = (await api.call("PUT", "/notifications/preferences", {})).body
    assert back == begin


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kinds": {"security": {"in_app": True, "email": False, "push": True}}}, "$.kinds.security.email"),
    ({"kinds": {"security": OFF}}, "$.kinds.security.in_app"),
    ({"kinds": {"unheard_of": OFF}}, "$.kinds.unheard_of"),
    ({"kinds": {"followed": {"in_app": 1, "email": True, "push": True}}}, "$.kinds.followed.in_app"),
    ({"kinds": {"followed": {"in_app": True}}}, "$.kinds.followed.email"),
    ({"email_mode": "hourly"}, "$.email_mode"),
    ({"quiet_hours": {"from": "22:00"}}, "$.quiet_hours.to"),
    ({"quiet_hours": {"from": "24:00", "to": "07:00"}}, "$.quiet_hours.from"),
    ({"quiet_hours": {"from": "22:00\n", "to": "07:00"}}, "$.quiet_hours.from"),
    ({"quiet_hours": {"from": "07:00", "to": "07:00"}}, "$.quiet_hours.to"),
    ({"time_zone": "Europe/Berlin"}, "$.time_zone"),
]


@pytest.mark.gen_test
async def test_what_is_no_choice_is_refused_and_changes_nothing(api: Api, host: Person) -> None:
    before = (await api.get("/notifications/preferences")).body
    for body, path in BAD:
        reply = await api.call("PUT", "/notifications/preferences", body)
        assert reply.status == 400, body
        assert [fault["path"] for fault in reply.body["errors"]] == [path], body
    assert (await api.get("/notifications/preferences")).body == before


@pytest.mark.gen_test
async def test_of_a_hundred_first_choices_at_once_one_stands(api: Api, host: Person, raw: Raw) -> None:
    modes = ("daily", "weekly")
    replies = await asyncio.gather(
        *(api.call("PUT", "/notifications/preferences", {"email_mode": modes[n % 2]}) for n in range(100))
    )
    assert {reply.status for reply in replies} == {200}
    assert raw.notification_preferences.count_documents({}) == 1


@pytest.mark.gen_test
async def test_people_say_that_they_come_once_and_take_it_back(api: Api, host: Person, guest: Person) -> None:
    party = (await api.post("/parties", {"title": "Friday", "visibility": "public"})).body["id"]
    said = await asyncio.gather(*(api.call("PUT", f"/parties/{party}/rsvp", token=guest.token) for _ in range(30)))
    assert {(reply.status, reply.body["going_count"]) for reply in said} == {(200, 1)}
    assert (await api.call("PUT", f"/parties/{party}/rsvp")).body == {
        "party_id": party,
        "going": True,
        "going_count": 2,
    }
    stands = await api.get(f"/parties/{party}/rsvp", token=guest.token)
    assert stands.body == {"party_id": party, "going": True, "going_count": 2}
    for _ in range(2):
        gone = await api.delete(f"/parties/{party}/rsvp")
        assert gone.body == {"party_id": party, "going": False, "going_count": 1}
        assert (await api.get(f"/parties/{party}/rsvp")).body == gone.body
    await api.post(f"/parties/{party}/end")
    assert (await api.call("PUT", f"/parties/{party}/rsvp")).body["code"] == "ended"


@pytest.mark.gen_test
async def test_nobody_comes_to_a_party_that_they_cannot_see(api: Api, host: Person, guest: Person) -> None:
    party = (await api.post("/parties", {"title": "Friday", "visibility": "private"})).body["id"]
    for method in ("GET", "PUT", "DELETE"):
        assert (await api.call(method, f"/parties/{party}/rsvp", token=guest.token)).status == 404
