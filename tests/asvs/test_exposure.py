"""What the server shows of itself, and what it writes down of others."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.route import Route
from api.routes import ROUTES
from conf import logs as conf_logs
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


@contextmanager
def lines() -> Iterator[list[dict[str, Any]]]:
    """Log as in production, and read what was written."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    written: list[dict[str, Any]] = []
    try:
        conf_logs.configure(stream=stream)
        yield written
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
    written += [json.loads(line) for line in stream.getvalue().splitlines()]


async def raw(url: str, request: str) -> str:
    """Send bytes as they are, and return the head of the answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.replace("\n", "\r\n").encode())
    answer = await asyncio.wait_for(reader.read(4096), 10)
    writer.close()
    return answer.decode("latin-1")


HIDDEN = (
    "/.git/HEAD",
    "/.git/config",
    "/.env",
    "/secrets.toml",
    "/static/",
    "/static/js/",
    "/static/..%2f..%2fsetup.py",
    "/..%2f..%2fetc/passwd",
    "/server-status",
    "/metrics",
    "/debug",
)


@pytest.mark.gen_test(timeout=30)
async def test_nothing_beside_the_pages_is_served(serve: Any) -> None:
    served = await serve()
    for path in HIDDEN:
        reply = await served.get(path)
        assert reply.code in {400, 403, 404}, path
        assert b"Index of" not in reply.body
        assert "Server" not in reply.headers


@pytest.mark.gen_test(timeout=30)
async def test_trace_is_refused(serve: Any) -> None:
    served = await serve()
    for path in ("/", "/api/v1/version", "/api/v1/users/me"):
        head = await raw(served.url, f"TRACE {path} HTTP/1.1\nHost: x\nX-Secret: hush\n\n")
        assert head.startswith("HTTP/1.1 405"), head
        assert "hush" not in head


@pytest.mark.gen_test(timeout=30)
async def test_a_request_with_two_ends_is_refused(serve: Any) -> None:
    served = await serve()
    two = (
        "Content-Length: 5\nTransfer-Encoding: chunked\n",
        "Content-Length: 5\nContent-Length: 6\n",
        "Transfer-Encoding: xchunked\n",
        "Content-Length: +5\n",
    )
    for ends in two:
        request = f"POST /api/v1/auth/login HTTP/1.1\nHost: x\n{ends}\n0\n\nGET /api/v1/version HTTP/1.1\nHost: x\n\n"
        answer = await raw(served.url, request)
        assert answer == "" or answer.startswith("HTTP/1.1 400"), (ends, answer)
        assert "HTTP/1.1 200" not in answer


@pytest.mark.gen_test(timeout=30)
async def test_nothing_is_redirected_to_https_by_us(serve: Any) -> None:
    served = await serve(public_url="https://watch.example.com")
    for path in ("/", "/api/v1/version", "/api/v1/users/me", "/static/x/y"):
        assert (await served.get(path)).code not in {301, 302, 307, 308}, path


@pytest.mark.gen_test(timeout=30)
async def test_every_body_says_its_type(serve: Any) -> None:
    served = await serve()
    page = await served.get("/")
    assert page.headers["Content-Type"].lower() == "text/html; charset=utf-8"
    for path, kind in (("/api/v1/version", "application/json"), ("/api/v1/nothing", "application/problem+json")):
        reply = await served.get(path)
        assert reply.headers["Content-Type"] == kind  # UTF-8 by definition: RFC 8259 knows no charset
        json.loads(reply.body.decode("utf-8"))


OWN = [route for route in ROUTES if route.method == "GET" and not route.parameters and route.access is not None]


@pytest.mark.parametrize(
    "route", [route for route in OWN if route.access.token == "required"], ids=lambda route: route.name
)  # type: ignore[union-attr]
@pytest.mark.gen_test(timeout=30)
async def test_what_is_somebodys_is_kept_by_no_cache(api: Api, host: Person, route: Route) -> None:
    reply = await api.get(route.path, query={"q": "a"} if "search" in route.path else None)
    stated = reply.headers.get("Cache-Control", "")
    assert "no-store" in stated or "private" in stated, (route.name, stated)
    assert "public" not in stated


@pytest.mark.gen_test(timeout=30)
async def test_who_fails_to_sign_in_or_is_refused_leaves_a_line(api: Api, host: Person) -> None:
    with lines() as written:
        await api.post("/auth/login", {"email": host.email, "password": "not the right one"}, token="")
        await api.post("/auth/login", {"email": host.email, "password": host.password}, token="")
        await api.get("/users/me", token="x.y.z")
        await api.get("/admin/users")
    access = [line for line in written if line["logger"] == "api.access"]
    assert [(line["route"], line["status"]) for line in access] == [
        ("/auth/login", 401),
        ("/auth/login", 200),
        ("/users/me", 401),
        ("/admin/users", 403),
    ]
    assert access[3]["user_id"] == host.id
    assert all(line["ip"] == "127.0.0.1" and line["request_id"] for line in access)


@pytest.mark.gen_test(timeout=30)
async def test_log_lines_are_json_in_utc_and_cannot_be_forged(api: Api, host: Person) -> None:
    forged = "/parties/x%0A%7B%22level%22%3A%22error%22%7D"
    with lines() as written:
        await api.get(forged)
        await api.get("/version", headers={"User-Agent": 'x" \\ level=error', "X-Request-Id": "a b"})
    access = [line for line in written if line["logger"] == "api.access"]
    assert len(access) == 2  # a line end in a path is within its line
    assert all(line["level"] == "info" for line in access)
    for line in access:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
