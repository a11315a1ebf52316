"""Reports, from their filing to their end."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from api.services.all import Services
from conf.clock import utc
from realtime.party import commands as do
from realtime.party.context import Actor
from store.database import Store
from tests.api.admin.conftest import Rows
from tests.api.admin.things import a_party, about, code, filed, said
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_a_report_keeps_what_was_said_whatever_becomes_of_it(
    api: Api, built: Services, staff: Person, host: Person, guest: Person
) -> None:
    party_id = await a_party(api, host)
    message_id = await said(built, party_id, guest, "buy my pills")
    report_id = await filed(api, host, about("message", message_id, party_id=party_id))
    await built.engine.submit(
        party_id, do.EditMessage(message_id=message_id, body="hello all"), actor=Actor(user_id=guest.id)
    )
    shown = (await api.get(f"/admin/reports/{report_id}", token=staff.token)).body
    assert shown["evidence"]["body"] == "buy my pills"
    assert (shown["about_user_id"], shown["reporter_id"], shown["state"]) == (guest.id, host.id, "open")


@pytest.mark.gen_test
async def test_of_fifty_reports_of_one_person_about_one_thing_one_is_filed(
    api: Api, staff: Person, guest: Person, built: Services
) -> None:
    built.admin.reports._allowance._per_account = built.admin.reports._allowance._per_address = 100
    replies = await asyncio.gather(
        *(api.post("/reports", about("user", staff.id), token=guest.token) for _ in range(50))
    )
    assert sorted({reply.status for reply in replies}) == [201, 409]
    (report_id,) = [reply.body["id"] for reply in replies if reply.status == 201]
    assert code(await api.post(f"/admin/reports/{report_id}/dismiss")) == (200, "dismissed")
    assert (await api.post("/reports", about("user", staff.id), token=guest.token)).status == 201


@pytest.mark.gen_test
async def test_who_cannot_see_a_thing_cannot_report_it(  # noqa: PLR0917 - fixtures
    api: Api, built: Services, store: Store, host: Person, guest: Person, clock: MovableClock
) -> None:
    hidden = await a_party(api, host, visibility="private")
    open_to_all = await a_party(api, host)
    message_id = await said(built, open_to_all, host, "for members")
    video = await api.post(
        "/videos", {"title": "Mine", "source": "url", "url": "https://example.com/v.mp4", "visibility": "private"}
    )
    await store.relations.add("block", host.id, guest.id, utc(clock.now_ms()))
    for subject in (
        about("party", hidden),
        about("party", "no-such-party"),
        about("message", message_id, party_id=open_to_all),
        about("message", message_id, party_id=hidden),
        about("message", "no-such-message", party_id=open_to_all),
        about("video", video.body["id"]),
        about("user", host.id),
        about("user", "nobody"),
    ):
        assert code(await api.post("/reports", subject, token=guest.token)) == (404, "not_found"), subject


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "body",
    [
        {},
        about("planet", "earth"),
        about("message", "m1"),
        about("user", "u1", party_id="p1"),
        about("user", "u" * 65),
        {**about("user", "u1"), "reason": "because"},
        {**about("user", "u1"), "text": "x" * 2001},
        {**about("user", "u1"), "text": "\u202e"},
        {**about("user", "u1"), "id": 2**63},
        {**about("user", "u1"), "state": "resolved"},
    ],
)
async def test_a_bad_report_is_a_400(api: Api, host: Person, body: Any) -> None:
    assert (await api.post("/reports", body)).status == 400


@pytest.mark.gen_test
async def test_reports_are_limited(api: Api, host: Person, guest: Person) -> None:
    for n in range(20):
        assert (await api.post("/reports", about("user", f"nobody{n}"))).status == 404
    limited = await api.post("/reports", about("user", guest.id))
    assert code(limited) == (429, "rate_limited")
    assert int(limited.headers["Retry-After"]) > 60


@pytest.mark.gen_test
async def test_people_see_the_state_of_their_own_reports_and_nothing_of_the_work_on_them(
    api: Api, staff: Person, host: Person, guest: Person
) -> None:
    report_id = await filed(api, guest, about("user", host.id, text="look"))
    await api.post(f"/admin/reports/{report_id}/assign", token=staff.token)
    (mine,) = (await api.get("/reports/mine", token=guest.token)).body["items"]
    assert (mine["state"], mine["text"]) == ("open", "look")
    await api.post(f"/admin/reports/{report_id}/dismiss", {"note": "nothing there"}, token=staff.token)
    (mine,) = (await api.get("/reports/mine", token=guest.token)).body["items"]
    assert mine["state"] == "dismissed"
    assert not {"note", "assigned_to", "closed_by", "evidence"} & set(mine)
    assert (await api.get("/reports/mine", token=host.token)).body["items"] == []


@pytest.mark.gen_test
async def test_the_queue_gives_the_oldest_first_and_moves_what_is_assigned(
    api: Api, staff: Person, colleague: Person, host: Person, guest: Person
) -> None:
    api.token = staff.token
    first = await filed(api, guest, about("user", host.id))
    second = await filed(api, host, about("user", guest.id))

    async def queue(**query: str) -> list[str]:
        return [item["id"] for item in (await api.get("/admin/reports", query=query)).body["items"]]

    assert await queue() == [first, second]
    page = (await api.get("/admin/reports", query={"limit": "1"})).body
    assert await queue(cursor=page["next"]) == [second]
    assert code(await api.post(f"/admin/reports/{first}/assign")) == (200, "assigned")
    assert await queue() == [second]
    assert await queue(state="assigned", assigned_to="me") == [first]
    given = await api.post(f"/admin/reports/{first}/assign", {"user_id": colleague.id})
    assert given.body["assigned_to"] == colleague.id
    assert await queue(state="assigned", assigned_to="me") == []
    assert code(await api.post(f"/admin/reports/{first}/assign", {"user_id": host.id})) == (400, "invalid")
    assert code(await api.post(f"/admin/reports/{first}/assign", {"user_id": None})) == (200, "open")
    await api.post(f"/admin/reports/{first}/resolve", {"measure": "none"})
    assert await queue(state="closed") == [first]
    assert code(await api.post(f"/admin/reports/{first}/assign")) == (409, "conflict")


@pytest.mark.gen_test
async def test_of_two_who_resolve_one_report_at_once_one_wins(
    api: Api, staff: Person, colleague: Person, host: Person, guest: Person
) -> None:
    for _ in range(5):
        report_id = await filed(api, guest, about("user", host.id))
        replies = await asyncio.gather(
            *(
                api.post(f"/admin/reports/{report_id}/resolve", {"measure": measure}, token=who.token)
                for who, measure in ((staff, "none"), (colleague, "warn"))
            )
        )
        assert sorted(reply.status for reply in replies) == [200, 409]
        winner = next(reply.body for reply in replies if reply.status == 200)
        shown = (await api.get(f"/admin/reports/{report_id}", token=staff.token)).body
        assert (shown["closed_by"], shown["measure"]) == (winner["closed_by"], winner["measure"])


@pytest.mark.gen_test
@pytest.mark.parametrize("measure", ["suspend", "ban"])
async def test_a_measure_against_a_person_is_carried_out_and_logged(  # noqa: PLR0917 - fixtures
    api: Api, staff: Person, host: Person, guest: Person, rows: Rows, measure: str
) -> None:
    report_id = await filed(api, host, about("user", guest.id))
    done = await api.post(f"/admin/reports/{report_id}/resolve", {"measure": measure}, token=staff.token)
    assert code(done) == (200, "resolved")
    assert code(await api.get("/users/me", token=guest.token)) == (403, "suspended")
    logged = {row.action: row for row in await rows()}
    assert set(logged) == {"report.resolve", f"report.{measure}"}
    assert (logged[f"report.{measure}"].about_id, logged[f"report.{measure}"].ip) == (guest.id, "127.0.0.1")


@pytest.mark.gen_test
async def test_a_ban_by_way_of_a_report_wants_the_password_too(
    api: Api, staff: Person, host: Person, guest: Person, clock: MovableClock
) -> None:
    report_id = await filed(api, host, about("user", guest.id))
    clock.move(31 * 60)
    token = (await api.post("/auth/refresh", {"refresh_token": staff.refresh_token}, token="")).body["access_token"]
    refused = await api.post(f"/admin/reports/{report_id}/resolve", {"measure": "ban"}, token=token)
    assert code(refused) == (403, "reauthentication_required")
    assert code(await api.post(f"/admin/reports/{report_id}/resolve", {"measure": "warn"}, token=token))[0] == 200


@pytest.mark.gen_test
async def test_a_reported_message_is_removed_in_front_of_the_party_be_it_over(
    api: Api, built: Services, staff: Person, host: Person, guest: Person
) -> None:
    party_id = await a_party(api, host)
    message_id = await said(built, party_id, guest, "buy my pills")
    report_id = await filed(api, host, about("message", message_id, party_id=party_id))
    assert (await api.post(f"/parties/{party_id}/end", token=host.token)).status == 200
    asked = {"measure": "remove_content", "note": "spam"}
    done = await api.post(f"/admin/reports/{report_id}/resolve", asked, token=staff.token)
    assert code(done) == (200, "resolved")
    assert not (await built.engine.state(party_id)).chat
    chat = await api.get(f"/parties/{party_id}/chat", token=host.token)
    assert chat.body["items"] == []


@pytest.mark.gen_test
async def test_a_measure_that_cannot_be_carried_out_leaves_the_report_as_it_was(
    api: Api, staff: Person, host: Person, guest: Person
) -> None:
    report_id = await filed(api, host, about("user", staff.id))
    api.token = staff.token
    await api.post(f"/admin/reports/{report_id}/assign")
    assert code(await api.post(f"/admin/reports/{report_id}/resolve", {"measure": "ban"})) == (403, "forbidden")
    for asked in ({"measure": "remove_content"}, {"measure": "warn", "until": "2030-01-01T00:00:00Z"}):
        assert code(await api.post(f"/admin/reports/{report_id}/resolve", asked)) == (400, "invalid")
    assert code(await api.get(f"/admin/reports/{report_id}")) == (200, "assigned")


@pytest.mark.gen_test
async def test_a_report_whose_closer_died_can_be_closed_by_another(  # noqa: PLR0917 - fixtures
    api: Api, store: Store, staff: Person, host: Person, guest: Person, clock: MovableClock
) -> None:
    report_id = await filed(api, host, about("user", guest.id))
    assert await store.reports.claim(report_id, "somebody who dies", utc(clock.now_ms())) is not None
    resolve = f"/admin/reports/{report_id}/resolve"
    assert code(await api.post(resolve, {"measure": "none"}, token=staff.token)) == (409, "conflict")
    clock.move(61)
    assert code(await api.post(resolve, {"measure": "none"}, token=staff.token)) == (200, "resolved")


@pytest.mark.gen_test
async def test_reporter_and_reported_are_told_once(
    api: Api, store: Store, staff: Person, host: Person, guest: Person
) -> None:
    report_id = await filed(api, host, about("user", guest.id))
    await api.post(f"/admin/reports/{report_id}/resolve", {"measure": "warn"}, token=staff.token)
    (told,) = (await store.notifications.page(host.id)).items
    assert (told.kind, told.about.id if told.about else "") == ("report_resolved", report_id)
    (warned,) = (await store.notifications.page(guest.id)).items
    assert (warned.kind, warned.fields["event"]) == ("security", "warned")
    (shown,) = (await api.get("/notifications", token=guest.token)).body["items"]
    assert "reported" in shown["text"]


@pytest.mark.gen_test
async def test_what_the_audit_log_does_not_take_is_not_done(
    api: Api, staff: Person, guest: Person, mongo_client: MongoClient[Any], database: str
) -> None:
    mongo = mongo_client[database]
    mongo.command("collMod", "audit_log", validator={"never": True})
    try:
        refused = await api.post(f"/admin/users/{guest.id}/ban", {"reason": "spam"}, token=staff.token)
        assert code(refused) == (503, "unavailable")
    finally:
        mongo.command("collMod", "audit_log", validator={})
    assert (await api.get("/users/me", token=guest.token)).status == 200
