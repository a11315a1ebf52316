"""The place as a whole: numbers, switches, announcements, the audit log, the system."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from api.services.all import Services
from conf.clock import utc
from conf.settings import Settings, shown
from store.database import Store
from tests.api.admin.things import a_party, about, code, filed
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_the_overview_counts_what_is_there(  # noqa: PLR0917 - fixtures
    api: Api, built: Services, store: Store, staff: Person, host: Person, guest: Person
) -> None:
    await store.users.set_verified(host.id)
    party_id = await a_party(api, host)
    await api.post(f"/parties/{party_id}/start", token=host.token)
    await filed(api, guest, about("user", host.id))
    await built.changes.forgot("somebody@example.com", "192.0.2.1")
    seen = (await api.get("/admin/overview", token=staff.token)).body
    expected = {
        "users": 3,
        "verified_users": 1,
        "active_today": 3,
        "live_parties": 1,
        "open_sockets": 0,
        "open_reports": 1,
        "failed_jobs": 0,
        "mails_pending": 1,
        "mails_failed": 0,
    }
    assert {name: seen[name] for name in expected} == expected
    assert 0 < seen["disk_free_bytes"] <= seen["disk_total_bytes"]


@pytest.mark.gen_test
async def test_the_overview_is_counted_once_in_ten_seconds(
    api: Api, staff: Person, host: Person, clock: MovableClock
) -> None:
    api.token = staff.token
    first = (await api.get("/admin/overview")).body
    await a_party(api, host)
    assert (await api.get("/admin/overview")).body["computed_at"] == first["computed_at"]
    clock.move(10)
    assert (await api.get("/admin/overview")).body["computed_at"] > first["computed_at"]


@pytest.mark.gen_test
async def test_no_number_and_no_list_of_staff_costs_a_look_at_every_document(
    api: Api, staff: Person, host: Person, mongo_client: MongoClient[Any], database: str
) -> None:
    mongo = mongo_client[database]
    await a_party(api, host)
    api.token = staff.token
    mongo.command("profile", 2)
    try:
        for path in (
            "/admin/overview",
            "/admin/users",
            "/admin/users?q=han",
            "/admin/users?role=staff",
            "/admin/users?state=banned",
            "/admin/reports",
            "/admin/reports?state=closed",
            "/admin/parties?status=live",
            "/admin/videos?status=ready",
            "/admin/jobs/runs?state=failed",
            "/admin/jobs/runs?job=ingest",
            f"/admin/audit-log?by={staff.id}",
            "/admin/audit-log?action=user.ban",
            f"/admin/users/{host.id}",
        ):
            assert (await api.get(path)).status == 200
    finally:
        mongo.command("profile", 0)
    seen = list(mongo["system.profile"].find({"planSummary": {"$exists": True}}))
    mongo.drop_collection("system.profile")
    assert len(seen) > 20
    assert [(one["ns"], one["command"]) for one in seen if "COLLSCAN" in one["planSummary"]] == []


@pytest.mark.gen_test
async def test_settings_are_changed_under_their_revision(api: Api, staff: Person, built: Services) -> None:
    before = await api.get("/admin/settings")
    assert before.body["registration_open"] is True
    tag = {"If-Match": before.headers["ETag"]}
    closed = await api.patch("/admin/settings", {"registration_open": False}, headers=tag)
    assert (closed.body["registration_open"], closed.body["changed_by"]) == (False, staff.id)
    assert code(await api.patch("/admin/settings", {"registration_open": True}, headers=tag)) == (
        412,
        "precondition_failed",
    )
    person = {"email": "new@example.com", "username": "newcomer", "password": "correct horse battery"}
    refused = await api.post("/auth/register", {**person, "password_confirm": person["password"]}, token="")
    assert refused.status == 403
    for bad in ({"registration_open": 1}, {"revision": 7}, {"maintenance_message": "x" * 501}):
        assert (await api.patch("/admin/settings", bad)).status == 400


@pytest.mark.gen_test
async def test_maintenance_lets_staff_in_and_nobody_else(api: Api, staff: Person, guest: Person) -> None:
    on = await api.post("/admin/maintenance", {"on": True, "message": "Back at noon."})
    assert on.body["maintenance"] is True
    told = await api.get("/users/me", token=guest.token)
    assert (told.status, told.body["detail"]) == (503, "Back at noon.")
    assert (await api.get("/users/me")).status == 200
    await api.post("/admin/maintenance", {"on": False})
    assert (await api.get("/users/me", token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_a_broadcast_reaches_sockets_at_once_and_everybody_once(  # noqa: PLR0917 - fixtures
    api: Api, built: Services, store: Store, staff: Person, host: Person, guest: Person
) -> None:
    sent = await api.post("/admin/broadcast", {"text": "Down at noon", "notify": True}, token=staff.token)
    assert (sent.status, sent.body["sockets"]) == (202, 0)
    await built.admin.broadcasts.drain()
    for person in (staff, host, guest):
        (told,) = (await store.notifications.page(person.id)).items
        assert (told.kind, told.fields["text"]) == ("announcement", "Down at noon")
    (shown_,) = (await api.get("/notifications", token=guest.token)).body["items"]
    assert shown_["text"] == "Down at noon"
    for bad in ({"text": ""}, {"text": " "}, {"text": "x" * 201}, {"text": "\u202e"}, {"text": "a", "notify": 1}):
        assert (await api.post("/admin/broadcast", bad, token=staff.token)).status == 400


@pytest.mark.gen_test
async def test_the_audit_log_is_found_by_who_what_and_when(
    api: Api, staff: Person, colleague: Person, guest: Person, clock: MovableClock
) -> None:
    await api.post(f"/admin/users/{guest.id}/suspend", {"reason": "spam"}, headers={"X-Request-Id": "req-1"})
    middle = utc(clock.now_ms() + 1)
    clock.move(60)
    await api.post(f"/admin/users/{guest.id}/unsuspend", token=colleague.token)

    async def actions(**query: str) -> list[str]:
        reply = await api.get("/admin/audit-log", query=query)
        assert reply.status == 200, reply
        return [item["action"] for item in reply.body["items"]]

    assert await actions() == ["user.unsuspend", "user.suspend"]
    assert await actions(by=colleague.id) == ["user.unsuspend"]
    assert await actions(action="user.suspend") == ["user.suspend"]
    assert await actions(about_id="nobody") == []
    assert await actions(since=middle.isoformat()) == ["user.unsuspend"]
    assert await actions(until=middle.isoformat()) == ["user.suspend"]
    assert await actions(since=(middle + timedelta(days=9)).isoformat()) == []
    first = (await api.get("/admin/audit-log", query={"limit": "1"})).body
    assert await actions(limit="1", cursor=first["next"]) == ["user.suspend"]
    (row,) = (await api.get("/admin/audit-log", query={"action": "user.suspend"})).body["items"]
    assert (row["by_name"], row["ip"], row["request_id"]) == ("stella", "127.0.0.1", "req-1")
    assert row["details"] == {"reason": "spam"}
    for bad in ({"since": "yesterday"}, {"since": "2030-01-01T00:00:00"}, {"cursor": "x"}, {"limit": str(2**63)}):
        assert (await api.get("/admin/audit-log", query=bad)).status == 400


@pytest.mark.gen_test
async def test_the_audit_log_is_exported_with_the_export_itself(api: Api, staff: Person, guest: Person) -> None:
    await api.post(f"/admin/users/{guest.id}/suspend", {"reason": "=cmd()"})
    reply = await api.get("/admin/audit-log/export")
    table = list(csv.DictReader(io.StringIO(reply.raw.decode())))
    assert [row["action"] for row in table] == ["user.suspend", "audit_log.export"]
    assert table[0]["details"] == '{"reason":"=cmd()"}'


@pytest.mark.gen_test
async def test_the_system_is_shown_without_what_is_secret(api: Api, staff: Person) -> None:
    seen = (await api.get("/admin/system")).body
    assert (seen["version"], seen["protocol"]) == ("0.0.test", "matinee.v1")
    assert seen["memory_bytes"] > 10_000_000
    assert seen["open_files"] > 3
    assert 0 <= seen["event_loop_lag_ms"] < 1000
    users = next(one for one in seen["collections"] if one["name"] == "users")
    assert users["documents"] == 1
    assert seen["settings"]["access_token_seconds"] == 900


def test_settings_that_are_shown_hold_no_credential() -> None:
    settings = Settings(
        data=Path("/data"),
        mongo_uri="mongodb://me:s3cret@db/x?tlsCertificateKeyFilePassword=s3cret",
        smtp_url="smtps://s3cret@mail.example.com",
    )
    found = shown(settings)
    assert "s3cret" not in str(found)
    assert (found["mongo_uri"], found["smtp_url"]) == ("mongodb://…@db/x?…", "smtps://…@mail.example.com")
