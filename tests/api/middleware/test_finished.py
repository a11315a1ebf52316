"""What is written down of a request: one line, more where it was slow, and nothing that opens anything."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from tornado.web import Application

from api.application import handler_settings, routes
from api.services.all import Services
from conf.settings import Settings
from tests.api.client import Api, Person
from tests.fakes.metrics import RecordingMetrics

pytestmark = pytest.mark.integration

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, slow_request_ms=1, rate_limit_mail=1)


@pytest.fixture
def app(built: Services, metrics: RecordingMetrics, settings: Settings) -> Application:
    return Application(routes(built), **handler_settings(metrics=metrics, settings=settings))


def of(lines: Lines, event: str) -> MutableMapping[str, Any]:
    (found,) = [line for line in lines if line["event"] == event]
    return found


@pytest.mark.gen_test
async def test_one_line_says_all_of_a_request_but_its_query(api: Api, host: Person) -> None:
    with structlog.testing.capture_logs() as lines:
        reply = await api.get("/parties?filter=mine", headers={"X-Request-Id": "r-1"})
        await asyncio.sleep(0)
    line = of(lines, "request")
    assert reply.status == 200
    assert line["ms"] > 0
    assert line["db_ms"] > 0
    assert line["db_calls"] >= 2  # who asks, and what for
    expected = {
        "method": "GET",
        "path": "/api/v1/parties",
        "route": "/parties",
        "status": 200,
        "bytes": len(reply.raw),
        "ip": "127.0.0.1",
        "request_id": "r-1",
        "user_id": host.id,
    }
    assert {name: line[name] for name in expected} == expected
    assert "mine" not in repr(lines)


@pytest.mark.gen_test
async def test_requests_at_once_count_their_own_calls(api: Api, host: Person) -> None:
    with structlog.testing.capture_logs() as lines:
        await asyncio.gather(*(api.get(path) for path in ["/users/me", "/version"] * 10))
        await asyncio.sleep(0)
    calls = {(line["route"], line["db_calls"]) for line in lines if line["event"] == "request"}
    assert calls == {("/users/me", dict(calls)["/users/me"]), ("/version", 0)}


@pytest.mark.gen_test
async def test_a_slow_request_has_a_line_and_a_figure_of_its_own(
    api: Api, host: Person, metrics: RecordingMetrics
) -> None:
    with structlog.testing.capture_logs() as lines:
        await api.post("/auth/login", {"email": host.email, "password": "not the one"}, token="")
        await asyncio.sleep(0)
    assert of(lines, "slow request")["route"] == "/auth/login"
    assert metrics.counts["http.request.slow"] == 1


@pytest.mark.gen_test
async def test_what_was_limited_is_counted(api: Api, metrics: RecordingMetrics) -> None:
    for _ in range(3):
        await api.post("/auth/forgot-password", {"email": "ada@example.com"})
    assert metrics.counts["http.rate_limited"] == 2
    assert metrics.counts["http.requests"] == 3


@pytest.mark.gen_test
async def test_a_known_and_an_unknown_address_cost_the_same_calls(api: Api, host: Person) -> None:
    with structlog.testing.capture_logs() as lines:
        for email in (host.email, "nobody@example.com"):
            await api.post("/auth/login", {"email": email, "password": "not the one"}, token="")
        await asyncio.sleep(0)
    known, unknown = [line for line in lines if line["event"] == "request"]
    assert (known["db_calls"], known["bytes"]) == (unknown["db_calls"], unknown["bytes"])
    assert known["user_id"] is unknown["user_id"] is None
