"""Accounts in the hands of staff."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import psutil
import pytest
from pymongo import MongoClient

from api.csv_rows import CHUNK_BYTES, chunks, line
from api.schemas.admin_users import UserSearch
from api.services.all import Services
from conf.clock import utc
from store.database import Store
from tests.api.admin.conftest import Rows
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration
WHY = {"reason": "spam in every party"}


def state(reply: Any) -> tuple[int, str]:
    return reply.status, (reply.body or {}).get("state") or (reply.body or {}).get("code")


@pytest.mark.gen_test
async def test_a_suspended_account_is_out_at_once_and_back_when_it_is_let_in(
    api: Api, staff: Person, guest: Person
) -> None:
    assert state(await api.post(f"/admin/users/{guest.id}/suspend", WHY)) == (200, "suspended")
    assert state(await api.get("/users/me", token=guest.token)) == (403, "suspended")
    assert (await api.post("/auth/refresh", {"refresh_token": guest.refresh_token}, token="")).status == 401
    login = await api.post("/auth/login", {"email": guest.email, "password": guest.password}, token="")
    assert state(login) == (403, "suspended")
    assert state(await api.post(f"/admin/users/{guest.id}/unsuspend")) == (200, "active")
    again = await api.sign_in(guest.email)
    assert (await api.get("/users/me", token=again.token)).status == 200


@pytest.mark.gen_test
async def test_a_suspension_ends_by_itself(api: Api, staff: Person, guest: Person, clock: MovableClock) -> None:
    until = utc(clock.now_ms()) + timedelta(days=2)
    shut = await api.post(f"/admin/users/{guest.id}/suspend", {**WHY, "until": until.isoformat()})
    assert shut.body["reason"] == WHY["reason"]
    refused = await api.post("/auth/login", {"email": guest.email, "password": guest.password}, token="")
    assert f"until {until:%Y-%m-%d}" in refused.body["detail"]
    clock.move(2 * 86_400 + 1)
    again = await api.sign_in(guest.email)
    assert (await api.get("/users/me", token=again.token)).status == 200
    fresh = await api.sign_in(staff.email)
    shown = await api.get(f"/admin/users/{guest.id}", token=fresh.token)
    assert shown.body["user"]["state"] == "active"
    listed = await api.get("/admin/users", query={"state": "suspended"}, token=fresh.token)
    assert listed.body["items"] == []


@pytest.mark.gen_test
async def test_a_banned_person_can_neither_sign_in_nor_register_again(api: Api, staff: Person, guest: Person) -> None:
    assert state(await api.post(f"/admin/users/{guest.id}/ban", WHY)) == (200, "banned")
    assert state(await api.get("/users/me", token=guest.token)) == (403, "suspended")
    login = await api.post("/auth/login", {"email": guest.email, "password": guest.password}, token="")
    assert state(login) == (403, "suspended")
    fresh = {"username": "gustav2", "password": guest.password, "password_confirm": guest.password}
    for email in (guest.email, guest.email.upper()):
        again = await api.post("/auth/register", {"email": email, **fresh}, token="")
        assert state(again) == (409, "taken")
    assert state(await api.post(f"/admin/users/{guest.id}/unsuspend")) == (409, "conflict")
    assert state(await api.post(f"/admin/users/{guest.id}/suspend", WHY)) == (409, "conflict")
    assert state(await api.post(f"/admin/users/{guest.id}/unban")) == (200, "active")
    assert (await api.sign_in(guest.email)).id == guest.id


@pytest.mark.gen_test
async def test_a_session_that_opens_while_its_owner_is_suspended_does_not_stay_open(
    api: Api, staff: Person, guest: Person, store: Store
) -> None:
    async def come_in() -> None:
        await api.post("/auth/login", {"email": guest.email, "password": guest.password}, token="")

    shut = api.post(f"/admin/users/{guest.id}/suspend", WHY)
    await asyncio.gather(shut, *(come_in() for _ in range(8)))
    assert await store.refresh_tokens.families_of(guest.id) == []


@pytest.mark.gen_test
@pytest.mark.parametrize("what", ["suspend", "ban", "role"])
async def test_nobody_acts_on_their_own_account(api: Api, staff: Person, what: str) -> None:
    body = {"role": "user"} if what == "role" else WHY
    assert state(await api.post(f"/admin/users/{staff.id}/{what}", body)) == (403, "forbidden")
    assert (await api.get("/admin/users")).status == 200


@pytest.mark.gen_test
@pytest.mark.parametrize("what", ["ban", "role"])
async def test_two_who_throw_each_other_out_at_once_do_not_leave_the_place_without_staff(
    api: Api, staff: Person, colleague: Person, store: Store, what: str
) -> None:
    body = {"role": "user"} if what == "role" else WHY
    await asyncio.gather(
        api.post(f"/admin/users/{colleague.id}/{what}", body, token=staff.token),
        api.post(f"/admin/users/{staff.id}/{what}", body, token=colleague.token),
    )
    assert [one for one in await store.users.staff() if not one.banned]


@pytest.mark.gen_test
async def test_who_is_no_longer_staff_is_refused_from_the_next_request_on(
    api: Api, staff: Person, colleague: Person
) -> None:
    assert (await api.get("/admin/users", token=colleague.token)).status == 200
    assert (await api.post(f"/admin/users/{colleague.id}/role", {"role": "user"})).body["role"] == "user"
    assert state(await api.get("/admin/users", token=colleague.token)) == (403, "forbidden")


@pytest.mark.gen_test
async def test_what_is_dangerous_wants_the_password_again_after_half_an_hour(
    api: Api, staff: Person, guest: Person, clock: MovableClock, rows: Rows
) -> None:
    clock.move(14 * 60)
    assert (await api.get("/admin/users/export")).status == 200
    clock.move(17 * 60)
    refreshed = (await api.post("/auth/refresh", {"refresh_token": staff.refresh_token}, token="")).body
    token = refreshed["access_token"]
    assert (await api.get("/admin/users", token=token)).status == 200
    for refused in (
        await api.get("/admin/users/export", token=token),
        await api.post(f"/admin/users/{guest.id}/ban", WHY, token=token),
        await api.post(f"/admin/users/{guest.id}/role", {"role": "staff"}, token=token),
    ):
        assert state(refused) == (403, "reauthentication_required")
    wrong = await api.post("/auth/reauthenticate", {"password": "not this one"}, token=token)
    assert state(wrong) == (401, "bad_credentials")
    shown = await api.post("/auth/reauthenticate", {"password": staff.password}, token=token)
    assert (await api.post(f"/admin/users/{guest.id}/ban", WHY, token=shown.body["access_token"])).status == 200
    assert state(await api.get("/admin/users", token=token)) == (401, "unauthenticated"), "the old token is dead"
    spent = await api.post("/auth/refresh", {"refresh_token": refreshed["refresh_token"]}, token="")
    assert state(spent) == (401, "bad_refresh_token")
    assert [row.action for row in await rows()] == ["users.export", "user.ban"]


@pytest.mark.gen_test
async def test_guessing_the_password_again_is_counted_like_signing_in(api: Api, staff: Person) -> None:
    for _ in range(10):
        assert (await api.post("/auth/reauthenticate", {"password": "wrong guess"})).status == 401
    assert (await api.post("/auth/reauthenticate", {"password": staff.password})).status == 429


@pytest.mark.gen_test
async def test_the_list_finds_by_beginning_role_and_state(
    api: Api, staff: Person, guest: Person, host: Person, store: Store
) -> None:
    api.token = staff.token

    async def names(**query: str) -> list[str]:
        reply = await api.get("/admin/users", query=query)
        assert reply.status == 200, reply
        return [item["username"] for item in reply.body["items"]]

    assert await names() == ["hanna", "gustav", "stella"]
    assert await names(q="GUS") == ["gustav"]
    assert await names(q="hanna@ex") == ["hanna"]
    assert await names(q=".*") == []
    assert await names(role="staff") == ["stella"]
    await api.post(f"/admin/users/{guest.id}/ban", WHY)
    assert await names(state="banned") == ["gustav"]
    assert await names(state="active") == ["hanna", "stella"]
    first = (await api.get("/admin/users", query={"limit": "2"})).body
    rest = (await api.get("/admin/users", query={"limit": "2", "cursor": first["next"]})).body
    assert [item["username"] for item in rest["items"]] == ["stella"]
    assert rest["next"] is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": "A" * 200},
        {"limit": str(2**63)},
        {"limit": "0"},
        {"role": "king"},
        {"q": ""},
        {"nothing": "x"},
    ],
)
async def test_a_bad_query_is_a_400(api: Api, staff: Person, query: dict[str, str]) -> None:
    assert state(await api.get("/admin/users", query=query)) == (400, "invalid")


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": 1},
        {**WHY, "until": "yesterday"},
        {**WHY, "until": "2001-01-01T00:00:00Z"},
        {**WHY, "until": "2030-01-01T00:00:00"},
        {**WHY, "until": 2**63},
        {**WHY, "for_ever": True},
    ],
)
async def test_a_bad_suspension_is_a_400(api: Api, staff: Person, guest: Person, body: Any) -> None:
    assert (await api.post(f"/admin/users/{guest.id}/suspend", body)).status == 400
    assert (await api.get("/users/me", token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_who_is_not_there_is_a_404_and_the_try_is_in_the_log(api: Api, staff: Person, rows: Rows) -> None:
    assert state(await api.post("/admin/users/nobody/ban", WHY)) == (404, "not_found")
    (row,) = await rows()
    assert (row.action, row.about_id, row.outcome) == ("user.ban", "nobody", "refused")
    assert row.details["refusal"] == "not_found"


@pytest.mark.gen_test
async def test_one_account_is_shown_with_its_sessions_parties_and_reports(
    api: Api, staff: Person, guest: Person
) -> None:
    made = await api.post("/parties", {"title": "Friday"}, token=guest.token)
    shown = (await api.get(f"/admin/users/{guest.id}")).body
    assert shown["user"]["email"] == guest.email
    assert len(shown["sessions"]) == 1
    assert [party["id"] for party in shown["parties"]] == [made.body["id"]]
    assert shown["reports"] == []


@pytest.mark.gen_test
async def test_the_export_has_everybody_and_no_formula(
    api: Api, staff: Person, guest: Person, mongo_client: MongoClient[Any], database: str
) -> None:
    evil = '=HYPERLINK("http://evil","x")'
    mongo_client[database].users.update_one({"_id": guest.id}, {"$set": {"display_name": evil}})
    reply = await api.get("/admin/users/export")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="users.csv"'
    assert reply.headers["Content-Type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(reply.raw.decode())))
    assert table[0][:3] == ["id", "username", "display_name"]
    assert {row[1]: row[2] for row in table[1:]} == {"stella": "stella", "gustav": f"'{evil}"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "|", "%", "\uff1d", "  ="])
def test_what_a_spreadsheet_would_run_is_text(start: str) -> None:
    (row,) = csv.reader(io.StringIO(line([f"{start}1+1"]).decode(), newline=""))
    assert row == [f"'{start}1+1"]


def test_a_cell_cannot_end_its_line() -> None:
    cells = ['a","b', "c\r\nd", "e\x00f", "\ud800", ""]
    (row,) = csv.reader(io.StringIO(line(cells).decode(), newline=""))
    assert row == ['a","b', "c\r\nd", "ef", "?", ""]


@pytest.mark.gen_test(timeout=180)
async def test_a_hundred_thousand_accounts_are_exported_in_the_memory_of_one_chunk(
    built: Services, mongo_client: MongoClient[Any], database: str
) -> None:
    people = 100_000
    made = utc(1_790_000_000_000)
    common = {"password_hash": "x", "role": "user", "verified": False, "suspended": False, "created_at": made}
    users = mongo_client[database].users
    for start in range(0, people, 10_000):
        users.insert_many(
            {
                "_id": f"{n:032x}",
                "email": f"n{n}@example.com",
                "email_key": f"n{n}@example.com",
                "username": f"n{n}",
                "username_key": f"n{n}",
                "display_name": f"Number {n}",
                **common,
            }
            for n in range(start, start + 10_000)
        )
    lines = largest = whole = peak = 0
    process = psutil.Process()
    before = process.memory_info().rss
    async for chunk in chunks(["id"], built.admin.people.table(UserSearch())):
        lines += chunk.count(b"\r\n")
        largest = max(largest, len(chunk))
        whole += len(chunk)
        peak = max(peak, process.memory_info().rss - before)
    assert lines == people + 1
    assert largest < CHUNK_BYTES + 1000
    assert whole > 10_000_000
    # All of them at once, as accounts, are some 200 MB.
    assert peak < 40_000_000, f"{peak / 1e6:.1f} MB more for {whole / 1e6:.1f} MB of table"
    print(
        f"\n{people:,} accounts: {whole / 1e6:.1f} MB in chunks of at most {largest:,} bytes, {peak / 1e6:.1f} MB more memory"
    )
