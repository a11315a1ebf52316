"""Registration, sign-in and sessions."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from api.application import AccessServices
from matinee.mongod import EmbeddedMongod
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration

PASSWORD = "correct horse battery"


def registration(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "email": "Ada@Example.com",
        "username": "ada",
        "password": PASSWORD,
        "password_confirm": PASSWORD,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


@pytest.mark.gen_test
async def test_registration_returns_the_created_user(api: Api) -> None:
    reply = await api.post("/auth/register", registration(display_name="Ada L."))
    assert reply.status == 201
    assert reply.body["email"] == "Ada@Example.com"
    assert reply.body["username"] == "ada"
    assert reply.body["display_name"] == "Ada L."
    assert reply.body["role"] == "user"
    assert reply.body["verified"] is False
    assert "password" not in reply.raw.decode()


BAD_REGISTRATIONS: list[tuple[dict[str, object], str]] = [
    ({"password": "short", "password_confirm": "short"}, "$.password"),
    ({"password": "Password1", "password_confirm": "Password1"}, "$.password"),
    ({"password": "matinee2026", "password_confirm": "matinee2026"}, "$.password"),
    ({"password": "adaadaada1", "password_confirm": "adaadaada1", "username": "adaadaada"}, "$.password"),
    ({"password": "x" * 1025, "password_confirm": "x" * 1025}, "$.password"),
    ({"password_confirm": "something else"}, "$.password_confirm"),
    ({"password_confirm": None}, "$.password_confirm"),
    ({"email": "no-address"}, "$.email"),
    ({"email": "a@b"}, "$.email"),
    ({"username": "a b"}, "$.username"),
    ({"username": "ada\n"}, "$.username"),
    ({"email": "ada@example.com\n"}, "$.email"),
    ({"username": "x"}, "$.username"),
    ({"display_name": "\u202eevil"}, "$.display_name"),
    ({"display_name": "   "}, "$.display_name"),
    ({"role": "staff"}, "$.role"),
]


@pytest.mark.gen_test
async def test_a_bad_registration_names_its_field(api: Api) -> None:
    for changes, path in BAD_REGISTRATIONS:
        reply = await api.post("/auth/register", registration(**changes))
        assert (reply.status, reply.body["code"]) == (400, "invalid"), reply
        assert [error["path"] for error in reply.body["errors"]] == [path]


@pytest.mark.gen_test
async def test_an_email_or_username_in_use_is_refused_in_any_case(api: Api) -> None:
    assert (await api.post("/auth/register", registration())).status == 201
    same_name = await api.post("/auth/register", registration(email="other@example.com", username="ADA"))
    same_email = await api.post("/auth/register", registration(email="ADA@example.COM", username="ada2"))
    assert (same_name.status, same_name.body["errors"][0]["path"]) == (409, "$.username")
    assert (same_email.status, same_email.body["errors"][0]["path"]) == (409, "$.email")


@pytest.mark.gen_test
async def test_of_simultaneous_registrations_one_succeeds(api: Api) -> None:
    replies = await asyncio.gather(*(api.post("/auth/register", registration()) for _ in range(6)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409, 409, 409]


@pytest.mark.gen_test
async def test_signing_in_needs_exactly_the_password(api: Api, host: Person) -> None:
    long = "é" * 80 + "a"
    await api.person("longy", long)
    wrong_end = await api.post("/auth/login", {"email": "longy@example.com", "password": long[:-1] + "b"})
    right = await api.post("/auth/login", {"email": "LONGY@example.com", "password": long})
    assert (wrong_end.status, right.status) == (401, 200)


@pytest.mark.gen_test
async def test_an_unknown_email_and_a_wrong_password_look_alike(api: Api, host: Person) -> None:
    unknown = await api.post("/auth/login", {"email": "nobody@example.com", "password": PASSWORD})
    wrong = await api.post("/auth/login", {"email": host.email, "password": PASSWORD + "!"})
    for reply in (unknown, wrong):
        reply.body.pop("request_id")
    assert unknown.status == wrong.status == 401
    assert unknown.body == wrong.body


@pytest.mark.gen_test
async def test_a_session_gives_access_until_its_token_expires(api: Api, host: Person, clock: MovableClock) -> None:
    assert (await api.get("/users/me")).body["id"] == host.id
    clock.move(15 * 60 + 31)
    expired = await api.get("/users/me")
    assert (expired.status, expired.body["code"]) == (401, "token_expired")
    assert "WWW-Authenticate" in expired.headers
    renewed = await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    assert (await api.get("/users/me", token=renewed.body["access_token"])).status == 200


@pytest.mark.gen_test
async def test_twenty_simultaneous_refreshes_are_one_rotation(api: Api, host: Person, built: object) -> None:
    body = {"refresh_token": host.refresh_token}
    replies = await asyncio.gather(*(api.post("/auth/refresh", body) for _ in range(20)))
    assert {reply.status for reply in replies} == {200}
    successors = {reply.body["refresh_token"] for reply in replies}
    assert len(successors) == 1
    assert successors != {host.refresh_token}
    assert (await api.post("/auth/refresh", {"refresh_token": successors.pop()})).status == 200


@pytest.mark.gen_test
async def test_a_lost_reply_is_answered_again_within_ten_seconds(api: Api, host: Person, clock: MovableClock) -> None:
    first = await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    clock.move(9)
    again = await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    assert again.body["refresh_token"] == first.body["refresh_token"]


@pytest.mark.gen_test
@pytest.mark.parametrize("seconds", [0, 11])
async def test_a_token_that_comes_back_ends_its_whole_session(
    api: Api, host: Person, clock: MovableClock, logs: ExpectedLogs, seconds: float
) -> None:
    logs.allow("a refresh token came back")
    second = (await api.post("/auth/refresh", {"refresh_token": host.refresh_token})).body
    if seconds == 0:  # within the grace, but its successor was used already
        second = (await api.post("/auth/refresh", {"refresh_token": second["refresh_token"]})).body
    clock.move(seconds)
    stolen = await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    assert (stolen.status, stolen.body["code"]) == (401, "bad_refresh_token")
    assert (await api.post("/auth/refresh", {"refresh_token": second["refresh_token"]})).status == 401
    assert (await api.get("/users/me", token=second["access_token"])).status == 401


@pytest.mark.gen_test
async def test_a_session_ends_thirty_days_after_it_began(api: Api, host: Person, clock: MovableClock) -> None:
    clock.move(29 * 86_400)
    renewed = await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    clock.move(86_401)
    late = await api.post("/auth/refresh", {"refresh_token": renewed.body["refresh_token"]})
    assert late.status == 401


@pytest.mark.gen_test
async def test_signing_out_ends_the_session_and_no_other(api: Api, host: Person) -> None:
    other = await api.sign_in(host.email)
    assert (await api.post("/auth/logout", {"refresh_token": host.refresh_token}, token="")).status == 204
    assert (await api.post("/auth/refresh", {"refresh_token": host.refresh_token})).status == 401
    assert (await api.get("/users/me")).status == 401
    assert (await api.get("/users/me", token=other.token)).status == 200
    assert (await api.post("/auth/logout", {}, token="")).status == 204
    assert (await api.post("/auth/logout", token=other.token)).status == 204
    assert (await api.post("/auth/refresh", {"refresh_token": other.refresh_token})).status == 401


@pytest.mark.gen_test
async def test_a_browser_holds_its_refresh_token_in_a_cookie(api: Api, host: Person) -> None:
    web = {"X-Matinee-Client": "web", "Sec-Fetch-Site": "same-origin"}
    login = await api.post("/auth/login", {"email": host.email, "password": host.password}, headers=web)
    assert "refresh_token" not in login.body
    cookie = login.headers["Set-Cookie"]
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age="):
        assert attribute.lower() in cookie.lower()
    assert "secure" not in cookie.lower()  # the test server speaks http
    sent = {**web, "Cookie": cookie.partition(";")[0]}
    refreshed = await api.post("/auth/refresh", headers=sent, token="")
    assert refreshed.status == 200
    assert refreshed.headers["Set-Cookie"].partition(";")[0] != cookie.partition(";")[0]
    out = await api.post("/auth/logout", headers=sent, token="")
    assert out.status == 204
    assert 'matinee_refresh="";' in out.headers["Set-Cookie"] or "matinee_refresh=;" in out.headers["Set-Cookie"]


@pytest.mark.gen_test
async def test_a_page_of_another_origin_may_not_use_the_cookie(api: Api, host: Person) -> None:
    evil = {"Origin": "https://evil.example"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site", **evil},
        {"Sec-Fetch-Site": "same-site", **evil},
        evil,
        {"Origin": "null"},
    ):
        body = {"refresh_token": host.refresh_token}
        reply = await api.post("/auth/refresh", body, headers=headers, token="")
        assert (reply.status, reply.body["code"]) == (403, "cross_origin")
        assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.gen_test
async def test_a_trusted_origin_may_read_replies(api: Api, host: Person) -> None:
    origin = {"Origin": "https://watch.example.com", "Sec-Fetch-Site": "cross-site"}
    reply = await api.post("/auth/refresh", {"refresh_token": host.refresh_token}, headers=origin, token="")
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "https://watch.example.com"
    preflight = await api.call("OPTIONS", "/parties", headers=origin, token="")
    assert preflight.status == 204
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]


WRONG_TOKENS = [
    "Bearer ",
    "Bearer x.y.z",
    "Basic aGFubmE6cGFzc3dvcmQ=",
    "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.",
    "Bearer " + "a" * 5000,
]


@pytest.mark.gen_test
async def test_a_wrong_token_is_refused_even_where_none_is_needed(api: Api) -> None:
    for authorization in WRONG_TOKENS:
        for path in ("/users/me", "/videos"):
            reply = await api.get(path, headers={"Authorization": authorization})
            assert (reply.status, reply.body["code"]) == (401, "unauthenticated")


@pytest.mark.gen_test
async def test_who_guesses_a_password_waits(api: Api, host: Person, guest: Person, clock: MovableClock) -> None:
    guess = {"email": host.email, "password": "not the one"}
    for _ in range(10):
        assert (await api.post("/auth/login", guess)).status == 401
    right = {"email": host.email.upper(), "password": host.password}
    waiting = await api.post("/auth/login", right)
    assert (waiting.status, waiting.body["code"]) == (429, "rate_limited")
    assert 0 < int(waiting.headers["Retry-After"]) <= 900
    other = await api.post("/auth/login", {"email": guest.email, "password": guest.password})
    assert other.status == 200
    clock.move(901)
    assert (await api.post("/auth/login", right)).status == 200


@pytest.mark.gen_test
async def test_a_suspended_account_is_told_so_after_its_right_password_only(
    api: Api, host: Person, mongod: EmbeddedMongod, database: str
) -> None:
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        client[database].users.update_one({"_id": host.id}, {"$set": {"suspended": True}})
    wrong = await api.post("/auth/login", {"email": host.email, "password": "not the one"})
    right = await api.post("/auth/login", {"email": host.email, "password": host.password})
    assert (wrong.body["code"], right.status, right.body["code"]) == ("bad_credentials", 403, "suspended")
    assert (await api.get("/users/me")).body["code"] == "suspended"
    assert (await api.post("/auth/refresh", {"refresh_token": host.refresh_token})).body["code"] == "suspended"


@pytest.mark.gen_test
async def test_the_end_of_a_session_is_told_to_its_sockets(api: Api, host: Person, identity: AccessServices) -> None:
    told: list[str] = []
    identity.sessions.ended = told.append
    family = (await identity.sessions.caller_of(host.token)).session
    await api.post("/auth/logout", {"refresh_token": host.refresh_token})
    assert told == [family]


@pytest.mark.gen_test
async def test_a_profile_is_changed_by_its_owner(api: Api, host: Person) -> None:
    changed = await api.patch("/users/me", {"display_name": "  Hanna W. "})
    assert changed.body["display_name"] == "Hanna W."
    assert (await api.patch("/users/me", {})).body == changed.body
    for hostile in ({"role": "staff"}, {"display_name": {"$gt": ""}}, {"verified": True}, {"display_name": "\u0000"}):
        assert (await api.patch("/users/me", hostile)).status == 400
    assert (await api.get("/users/me")).body == changed.body
