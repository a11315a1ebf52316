"""New passwords: by a link, or by the present one."""

import asyncio
from typing import Any

import argon2
import pytest
from pymongo import MongoClient

from api.application import AccessServices
from api.problems import Problem
from store.database import Store
from tests.api.client import Api, Person, Reply
from tests.api.conftest import MovableClock
from tests.api.letters import Letterbox

pytestmark = pytest.mark.integration

NEW = "an entirely new sentence"


def chosen(token: str, password: str = NEW, **changes: str) -> dict[str, str]:
    return {"token": token, "password": password, "password_confirm": password, **changes}


async def forgotten(api: Api, letterbox: Letterbox, person: Person) -> str:
    assert (await api.post("/auth/forgot-password", {"email": person.email}, token="")).status == 202
    return await letterbox.token()


async def login(api: Api, person: Person, password: str) -> Reply:
    return await api.post("/auth/login", {"email": person.email, "password": password}, token="")


@pytest.mark.gen_test
async def test_a_forgotten_password_is_replaced_and_all_sessions_end(
    api: Api, letterbox: Letterbox, host: Person, identity: AccessServices
) -> None:
    other = await api.sign_in(host.email)
    told: list[str] = []
    identity.sessions.ended = told.append
    token = await forgotten(api, letterbox, host)
    reset = await api.post("/auth/reset-password", chosen(token), token="")
    assert (reset.status, reset.raw, "Set-Cookie" in reset.headers) == (204, b"", False)
    for person in (host, other):
        assert (await api.get("/users/me", token=person.token)).status == 401
        assert (await api.post("/auth/refresh", {"refresh_token": person.refresh_token})).status == 401
    assert len(set(told)) == 2
    assert (await login(api, host, host.password)).status == 401
    assert (await login(api, host, NEW)).status == 200
    (notice,) = await letterbox.fetch()
    assert (notice["To"], notice["Subject"]) == (host.email, "Your password was changed · Matinee")
    used = await api.post("/auth/reset-password", chosen(token), token="")
    assert (used.status, used.body["code"]) == (400, "bad_token")


@pytest.mark.gen_test
async def test_forgetting_answers_alike_for_every_address_and_does_the_same_work(
    api: Api, letterbox: Letterbox, host: Person, store: Store
) -> None:
    known = await api.post("/auth/forgot-password", {"email": host.email}, token="")
    unknown = await api.post("/auth/forgot-password", {"email": "nobody@example.com"}, token="")
    assert (known.status, known.raw) == (unknown.status, unknown.raw) == (202, b"")
    rows = [(await store.outbox.to(address))[0] for address in (host.email, "nobody@example.com")]
    assert [(row.kind, row.state, row.fields) for row in rows] == [("reset_password", "pending", {})] * 2
    assert [message["To"] for message in await letterbox.fetch()] == [host.email]


@pytest.mark.gen_test
async def test_the_link_leads_to_our_own_address_whatever_the_host_line_says(
    api: Api, letterbox: Letterbox, host: Person
) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    await api.post("/auth/forgot-password", {"email": host.email}, headers=evil, token="")
    (message,) = await letterbox.fetch()
    assert "evil" not in message.as_string()


@pytest.mark.gen_test(timeout=60)
async def test_of_a_hundred_resets_at_once_one_wins(api: Api, letterbox: Letterbox, host: Person) -> None:
    token = await forgotten(api, letterbox, host)
    bodies = [chosen(token, f"sentence number {number} of many") for number in range(100)]
    replies = await asyncio.gather(*(api.post("/auth/reset-password", body, token="") for body in bodies))
    assert sorted(reply.status for reply in replies) == [204] + [400] * 99
    winner = next(body for body, reply in zip(bodies, replies, strict=True) if reply.status == 204)
    assert (await login(api, host, winner["password"])).status == 200


@pytest.mark.gen_test
async def test_a_weak_password_is_refused_and_the_link_stays_good(api: Api, letterbox: Letterbox, host: Person) -> None:
    token = await forgotten(api, letterbox, host)
    for body, path in (
        (chosen(token, "short"), "$.password"),
        (chosen(token, "password1"), "$.password"),
        (chosen(token, "hanna2026"), "$.password"),
        (chosen(token, password_confirm="something else"), "$.password_confirm"),
    ):
        refused = await api.post("/auth/reset-password", body, token="")
        assert (refused.status, refused.body["errors"][0]["path"]) == (400, path)
    assert (await api.post("/auth/reset-password", chosen(token), token="")).status == 204


@pytest.mark.gen_test
async def test_a_link_is_good_for_an_hour_and_one_reset_voids_the_others(
    api: Api, letterbox: Letterbox, host: Person, clock: MovableClock
) -> None:
    old = await forgotten(api, letterbox, host)
    clock.move(3601)
    assert (await api.post("/auth/reset-password", chosen(old), token="")).body["code"] == "bad_token"
    first, second = await forgotten(api, letterbox, host), await forgotten(api, letterbox, host)
    assert (await api.post("/auth/reset-password", chosen(second), token="")).status == 204
    assert (await api.post("/auth/reset-password", chosen(first), token="")).body["code"] == "bad_token"


@pytest.mark.gen_test
async def test_changing_needs_the_present_password_and_ends_the_other_sessions(
    api: Api, letterbox: Letterbox, host: Person
) -> None:
    other = await api.sign_in(host.email)
    pending = await forgotten(api, letterbox, host)
    body = {"current_password": "not the one", "password": NEW, "password_confirm": NEW}
    wrong = await api.post("/auth/change-password", body)
    assert (wrong.status, wrong.body["errors"][0]["path"]) == (400, "$.current_password")
    weak = await api.post("/auth/change-password", {**body, "current_password": host.password, "password": "short"})
    assert (weak.status, weak.body["errors"][0]["path"]) == (400, "$.password")
    assert (await api.post("/auth/change-password", {**body, "current_password": host.password})).status == 204
    assert (await api.get("/users/me")).status == 200
    assert (await api.get("/users/me", token=other.token)).status == 401
    assert (await api.post("/auth/refresh", {"refresh_token": other.refresh_token})).status == 401
    assert (await api.post("/auth/refresh", {"refresh_token": host.refresh_token})).status == 200
    assert (await login(api, host, NEW)).status == 200
    assert [message["Subject"] for message in await letterbox.fetch()] == ["Your password was changed · Matinee"]
    assert (await api.post("/auth/reset-password", chosen(pending), token="")).body["code"] == "bad_token"


@pytest.mark.gen_test
async def test_who_guesses_the_present_password_waits(api: Api, host: Person) -> None:
    body = {"current_password": "not the one", "password": NEW, "password_confirm": NEW}
    for _ in range(10):
        assert (await api.post("/auth/change-password", body)).status == 400
    waiting = await api.post("/auth/change-password", {**body, "current_password": host.password})
    assert (waiting.status, waiting.body["code"]) == (429, "rate_limited")


@pytest.mark.gen_test
async def test_of_simultaneous_changes_one_counts(api: Api, host: Person) -> None:
    bodies = [
        {"current_password": host.password, "password": password, "password_confirm": password}
        for password in ("sentence the first of all", "sentence the second of all")
    ]
    replies = await asyncio.gather(*(api.post("/auth/change-password", body) for body in bodies))
    good = [body["password"] for body, reply in zip(bodies, replies, strict=True) if reply.status == 204]
    assert {reply.status for reply in replies} <= {204, 409, 400}
    for body in bodies:
        expected = 200 if body["password"] == good[-1] and len(good) == 1 else 401
        assert (await login(api, host, body["password"])).status == expected


@pytest.mark.gen_test
async def test_a_sign_in_that_overlaps_a_change_opens_nothing(
    host: Person, identity: AccessServices, store: Store
) -> None:
    seen = await store.users.by_id(host.id)
    assert seen is not None
    await store.users.set_password_hash(host.id, "another hash")
    with pytest.raises(Problem, match="bad_credentials"):
        await identity.sessions.open(seen)
    await identity.sessions.end_all(seen)
    assert await identity.sessions.of(seen) == []


@pytest.mark.gen_test
async def test_an_old_hash_is_made_anew_when_its_owner_signs_in(
    api: Api, host: Person, mongo_client: MongoClient[dict[str, Any]], database: str
) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(host.password)
    mongo_client[database].users.update_one({"_id": host.id}, {"$set": {"password_hash": weak}})
    assert (await login(api, host, host.password)).status == 200
    row = mongo_client[database].users.find_one({"_id": host.id})
    assert row is not None
    assert "m=19456,t=2,p=1" in row["password_hash"]
    assert (await login(api, host, host.password)).status == 200
