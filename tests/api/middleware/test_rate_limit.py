"""Limits as a client meets them."""

import asyncio
from pathlib import Path

import pytest

from api.route import RATE_CLASSES
from api.routes import ROUTES
from conf.settings import Settings
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


@pytest.fixture(params=["memory", "mongodb"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path, rate_limit_store=request.param, rate_limit_sign_in=5, rate_limit_read=20, rate_limit_write=10
    )


@pytest.mark.gen_test
async def test_every_reply_says_how_much_is_left(api: Api, host: Person) -> None:
    first, second = await api.get("/users/me"), await api.get("/users/me")
    assert first.headers["RateLimit-Limit"] == "20"
    assert first.headers["RateLimit-Policy"] == "20;w=60"
    assert (first.headers["RateLimit-Remaining"], second.headers["RateLimit-Remaining"]) == ("19", "18")
    assert first.headers["RateLimit-Reset"] == "3"
    refused = await api.post("/parties", {"surprise": 1})
    assert (refused.status, refused.headers["RateLimit-Remaining"]) == (400, "9")


@pytest.mark.gen_test
async def test_who_asks_too_much_waits_as_long_as_told(api: Api, host: Person, clock: MovableClock) -> None:
    replies = await asyncio.gather(*(api.get("/users/me") for _ in range(60)))
    assert sorted({reply.status for reply in replies}) == [200, 429]
    good = [reply for reply in replies if reply.status == 200]
    assert 20 <= len(good) <= 22  # the clock of the test goes on
    refused = next(reply for reply in replies if reply.status == 429)
    assert refused.body["code"] == "rate_limited"
    assert refused.headers["RateLimit-Remaining"] == "0"
    clock.move(int(refused.headers["Retry-After"]))
    assert (await api.get("/users/me")).status == 200


@pytest.mark.gen_test
async def test_classes_and_people_are_counted_apart(api: Api, host: Person, guest: Person) -> None:
    while (await api.get("/users/me")).status == 200:
        pass
    assert (await api.post("/parties", {"title": "x"})).status == 201
    assert (await api.get("/users/me", token=guest.token)).status == 200
    assert (await api.get("/videos", token="")).status == 200
    assert (await api.get("/healthz", token="")).status == 200


@pytest.mark.gen_test
async def test_a_flood_of_sign_ins_is_refused_before_a_password_is_looked_at(api: Api, host: Person) -> None:
    guess = {"email": "nobody@example.com", "password": "not the one"}
    replies = await asyncio.gather(*(api.post("/auth/login", guess, token="") for _ in range(40)))
    assert [reply.status for reply in replies].count(401) <= 6
    assert {reply.status for reply in replies} == {401, 429}
    assert all("Retry-After" in reply.headers for reply in replies if reply.status == 429)
    assert (await api.get("/users/me")).status == 200


@pytest.mark.gen_test
async def test_who_guesses_tokens_is_counted_by_address(api: Api) -> None:
    answers = [(await api.get("/users/me", token="guessed")).status for _ in range(25)]
    assert answers[:20] == [401] * 20
    assert answers[-1] == 429


@pytest.mark.gen_test
async def test_health_is_never_refused(api: Api) -> None:
    replies = await asyncio.gather(*(api.get("/healthz") for _ in range(60)))
    assert {reply.status for reply in replies} == {200}
    assert "RateLimit-Limit" not in replies[0].headers


def test_every_route_has_a_class_and_every_class_a_setting() -> None:
    found = {route.rate_class for route in ROUTES if route.tag != "health"}
    assert found <= set(RATE_CLASSES)
    assert all(f"rate_limit_{kind}" in Settings.__struct_fields__ for kind in RATE_CLASSES)
    by_name = {route.name: route.rate_class for route in ROUTES}
    assert by_name["POST /auth/login"] == by_name["POST /auth/register"] == "sign_in"
    assert by_name["POST /auth/forgot-password"] == "mail"
    assert by_name["PUT /videos/{video_id}/content"] == "upload"
    assert by_name["POST /events"] == "telemetry"
