"""What no client should send: always a 4xx problem document, nothing changed, no stack trace."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.ask import Nothing
from api.route import PREFIX, Route
from api.routes import ROUTES
from store.database import Store
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration

WRITING = [route for route in ROUTES if route.method in {"POST", "PATCH"}]
DEEP = "[" * 100 + "]" * 100
NASTY: dict[str, bytes] = {
    "no json": b"{",
    "nothing but a word": b"play",
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "unknown field": b'{"surprise": 1}',
    "NaN": b'{"title": NaN, "position_ms": NaN}',
    "infinity": b'{"position_ms": 1e400}',
    "lone surrogate": b'{"title": "\\ud800", "email": "\\ud800"}',
    "half a surrogate pair": b'{"title": "\\udc00x"}',
    "not utf-8": b'{"title": "\xff\xfe"}',
    "2**63": b'{"sent_at_ms": 9223372036854775808, "position_ms": 9223372036854775808}',
    "100 deep": b'{"title": ' + DEEP.encode() + b', "deep": ' + DEEP.encode() + b"}",
    "20,000 deep": b"[" * 20_000,
    "an operator": b'{"email": {"$gt": ""}, "password": {"$ne": null}, "title": {"$where": "sleep(1)"}}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "trailing bytes": b"{}{}",
    "1 MB": b'{"title": "' + b"x" * 1_000_000 + b'"}',
}


async def filled(route: Route, api: Api) -> str:
    """Fill a path in with things that exist and are ours."""
    path = route.path
    if "{party_id}" in path:
        path = path.replace("{party_id}", (await api.post("/parties", {"title": "Ours"})).body["id"])
    if "{video_id}" in path:
        path = path.replace("{video_id}", (await api.post("/videos", {"title": "Ours", "source": "upload"})).body["id"])
    return path


async def everything(store: Store) -> list[Any]:
    """Read what a request might have changed."""
    names = ("users", "videos", "parties", "party_log", "refresh_tokens", "tickets")
    rows = [await store._collection(name).find({}, sort=[("_id", 1)]) for name in names]
    return [str(found) for found in rows]


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("route", WRITING, ids=lambda route: route.name)
async def test_bad_bodies_are_refused_and_change_nothing(route: Route, api: Api, host: Person, store: Store) -> None:
    path = await filled(route, api)
    before = await everything(store)
    for name, raw in NASTY.items():
        reply = await api.call(route.method, path, raw=raw, headers={"Content-Type": "application/json"})
        assert 400 <= reply.status < 500, (name, reply)
        assert reply.headers["Content-Type"] == "application/problem+json", (name, reply)
        assert reply.body["request_id"] == reply.headers["X-Request-Id"]
        assert b"Traceback" not in reply.raw
        assert b".py" not in reply.raw
    assert await everything(store) == before


@pytest.mark.gen_test(timeout=60)
async def test_only_json_is_taken(api: Api, host: Person) -> None:
    forms = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml")
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for route in WRITING:
        path = await filled(route, api)
        for headers in (*({"Content-Type": kind} for kind in forms), packed):
            reply = await api.call(route.method, path, raw=b"a=b", headers=headers)
            assert (reply.status, reply.body["code"]) == (415, "unsupported_media_type"), (route.name, headers)


@pytest.mark.gen_test(timeout=60)
async def test_a_field_of_the_wrong_type_is_named(api: Api, host: Person) -> None:
    components = api.openapi.document["components"]["schemas"]
    wrong: list[Any] = [1.5, True, [], {}, {"$ne": 1}, "\u0000"]
    checked = 0
    for route in WRITING:
        if route.body is Nothing or not hasattr(route.body, "__struct_fields__"):
            continue
        properties = components[route.body.__name__]["properties"]
        path = await filled(route, api)
        for field in properties:
            for value in wrong:
                if value == "\u0000" and "password" in field:
                    continue  # a password may hold anything
                reply = await api.call(route.method, path, {field: value})
                fine = reply.status == 200 and field == "settings" and value == {}
                assert fine or (400 <= reply.status < 500), (route.name, field, value, reply)
                checked += 1
    assert checked > 100


@pytest.mark.gen_test(timeout=60)
async def test_bad_queries_are_refused(api: Api, host: Person) -> None:
    for route in ROUTES:
        if route.method != "GET" or route.access is None:
            continue
        path = await filled(route, api)
        if "{" in path:
            continue
        for query in ("surprise=1", "a=1&a=2", "%ff=%fe", "limit=9223372036854775808", "x[$gt]=1"):
            reply = await api.get(f"{path}?{query}")
            if reply.status != 404:  # nothing to stream yet
                assert reply.status == 400, (route.name, query, reply)


@pytest.mark.gen_test
async def test_what_is_not_there_is_a_404_problem(api: Api) -> None:
    beside = ("/nothing", "/videos/a/b/c", "/videos/")
    for path in ("/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/videos", *(PREFIX + path for path in beside)):
        reply = await api.get(path)
        assert (reply.status, reply.body["code"]) == (404, "not_found"), path


@pytest.mark.gen_test
async def test_long_and_strange_ids_are_not_found(api: Api, host: Person) -> None:
    for name in ("x" * 65, "%00", "..%2f..%2fetc", "%F0%9F%8E%AC", "$where", "a" * 3000):
        assert (await api.get(f"/parties/{name}")).status == 404
    assert (await api.get("/parties/%ff%fe")).status == 400


@pytest.mark.gen_test
async def test_a_method_that_a_path_lacks_is_a_405_with_allow(api: Api) -> None:
    reply = await api.call("DELETE", "/auth/login")
    assert (reply.status, reply.body["code"]) == (405, "method_not_allowed")
    assert reply.headers["Allow"] == "OPTIONS, POST"
    odd = await api.call("PROPFIND", "/videos")
    assert (odd.status, odd.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert (await api.call("OPTIONS", "/videos")).headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.gen_test
async def test_the_request_id_is_echoed_or_made(api: Api) -> None:
    given = await api.get("/version", headers={"X-Request-Id": "my-request.1"})
    assert given.headers["X-Request-Id"] == "my-request.1"
    for hostile in ("a" * 65, "x y", "<script>", ""):
        made = await api.get("/version", headers={"X-Request-Id": hostile})
        assert len(made.headers["X-Request-Id"]) == 32


@pytest.mark.gen_test
async def test_every_reply_carries_the_security_headers(api: Api) -> None:
    for path in ("/version", "/nothing", "/users/me", "/parties/%ff"):
        headers = (await api.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers


@pytest.mark.gen_test
async def test_a_huge_body_is_refused_before_it_is_read(api: Api) -> None:
    address = urlsplit(api.base_url)
    head = (
        f"POST /api/v1/auth/login HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {50_000_000}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_large"


@pytest.mark.gen_test
async def test_a_cursor_that_holds_no_text_is_refused(api: Api, host: Person) -> None:
    broken = "kdkgMDE5MmYwYzEzYTdiN2MxZTlkMmEtrue0YjZjOGUwZjFhMmI"  # found by tests/fuzz: an id that is not UTF-8
    reply = await api.get("/videos", query={"cursor": broken})
    assert (reply.status, reply.body["code"]) == (400, "invalid")
