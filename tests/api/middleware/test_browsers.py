"""What browsers are told, and what pages of others may do."""

from pathlib import Path

import pytest

from api.middleware.security_headers import HEADERS
from conf.settings import Settings
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration

OURS = "https://watch.example.com"
OTHER = "https://tv.example.com"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, public_url=OURS, trusted_origins=(OTHER,), trusted_hosts=("localhost", "127.0.0.1"))


@pytest.mark.gen_test
async def test_every_reply_carries_every_security_header(api: Api) -> None:
    for method, path in (("GET", "/version"), ("GET", "/nothing"), ("GET", "/users/me"), ("OPTIONS", "/parties")):
        reply = await api.call(method, path)
        for name, value in HEADERS:
            assert reply.headers[name] == value, (path, name)
        assert reply.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert reply.headers["Cache-Control"]
        assert "Server" not in reply.headers


@pytest.mark.gen_test
async def test_a_preflight_tells_a_trusted_origin_what_it_may_send(api: Api) -> None:
    asked = {"Origin": OTHER, "Access-Control-Request-Method": "PATCH"}
    reply = await api.call("OPTIONS", "/users/me", headers=asked)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == OTHER
    assert reply.headers["Access-Control-Allow-Methods"] == reply.headers["Allow"]
    assert "PATCH" in reply.headers["Allow"]
    for name in ("Authorization", "Content-Type", "Idempotency-Key", "If-Match"):
        assert name in reply.headers["Access-Control-Allow-Headers"]
    assert reply.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.gen_test
async def test_no_other_origin_is_let_read_anything(api: Api) -> None:
    for origin in ("https://evil.example", f"{OTHER}.evil.example", OTHER.upper(), "null", f"{OTHER}:444", OURS):
        for method, path in (("OPTIONS", "/users/me"), ("GET", "/version"), ("GET", "/nothing")):
            reply = await api.call(method, path, headers={"Origin": origin})
            assert not [name for name in reply.headers if name.lower().startswith("access-control-")], origin
            assert "Origin" in ", ".join(reply.headers.get_list("Vary"))


@pytest.mark.gen_test
async def test_a_refusal_can_be_read_by_a_trusted_origin_too(api: Api) -> None:
    reply = await api.get("/users/me", headers={"Origin": OTHER})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (401, OTHER)


@pytest.mark.gen_test
async def test_a_name_that_is_not_ours_is_not_answered_to(api: Api, host: Person) -> None:
    for name in ("evil.example", "evil.example:8888", "127.0.0.1.evil.example", "[::1]", ""):
        for method, path in (("GET", "/users/me"), ("POST", "/parties"), ("OPTIONS", "/parties")):
            reply = await api.call(method, path, headers={"Host": name})
            if name:
                assert (reply.status, reply.body["code"]) == (421, "misdirected"), name
    assert (await api.get("/users/me")).status == 200
    assert (await api.get("/healthz", headers={"Host": "10.0.0.7"})).status == 200
