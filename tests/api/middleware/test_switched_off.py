"""Each middleware can be switched off, and is then not there."""

from pathlib import Path
from typing import Any

import pytest

from api.middleware.all import NAMES
from api.services.all import Services
from conf.settings import Settings
from store.database import Store
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    off: dict[str, Any] = {f"middleware_{name}": False for name in NAMES}
    return Settings(
        data=tmp_path, trusted_origins=("https://tv.example.com",), trusted_hosts=("ours",), rate_limit_read=1, **off
    )


@pytest.mark.gen_test
async def test_without_any_of_them_the_api_still_answers(api: Api, host: Person, built: Services) -> None:
    assert built.middleware.names == ("body_limits",)  # what stands in its place
    key = {"Idempotency-Key": "k", "Accept-Encoding": "gzip", "Origin": "https://tv.example.com"}
    first, second = [await api.post("/parties", {"title": "x"}, headers=key) for _ in range(2)]
    assert (first.status, second.status) == (201, 201)
    assert first.body["id"] != second.body["id"]
    reply = await api.get("/metrics-dictionary", headers=key)
    assert reply.status == 200
    for name in ("X-Request-Id", "RateLimit-Limit", "Content-Security-Policy", "Access-Control-Allow-Origin", "ETag"):
        assert name not in reply.headers
    assert (await api.get("/nothing")).body["request_id"] == ""


@pytest.mark.gen_test
async def test_without_limits_a_long_body_is_read(api: Api, host: Person, store: Store) -> None:
    reply = await api.post("/parties", {"title": "x", "description": "y" * 100_000})
    assert (reply.status, reply.body["code"]) == (400, "invalid")


def test_each_has_a_setting() -> None:
    assert {f"middleware_{name}" for name in NAMES} == {
        name for name in Settings.__struct_fields__ if name.startswith("middleware_")
    }
