"""Long JSON is compressed, secrets never are, and tags still mean what they meant."""

import gzip
import json
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from api.middleware.compression import accepts_gzip
from api.middleware.conditional import matches
from api.routes import ROUTES
from tests.api.client import PREFIX, Api, Person

pytestmark = pytest.mark.integration

GZIP = {"Accept-Encoding": "gzip"}


async def fetched(api: Api, http_client: AsyncHTTPClient, path: str, **headers: str) -> Any:
    """Get the bytes as they came over the wire."""
    return await http_client.fetch(
        api.base_url + PREFIX + path,
        headers={"Authorization": f"Bearer {api.token}", **headers} if api.token else headers,
        decompress_response=False,
        raise_error=False,
    )


@pytest.mark.gen_test
async def test_long_json_is_compressed_for_who_asks(api: Api, http_client: AsyncHTTPClient) -> None:
    plain = await fetched(api, http_client, "/metrics-dictionary")
    packed = await fetched(api, http_client, "/metrics-dictionary", **GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert int(packed.headers["Content-Length"]) == len(packed.body)
    for reply in (plain, packed):
        assert "Accept-Encoding" in ", ".join(reply.headers.get_list("Vary"))


@pytest.mark.gen_test
async def test_short_json_and_problems_go_as_they_are(api: Api, http_client: AsyncHTTPClient) -> None:
    for path in ("/version", "/nothing", "/users/me"):
        assert "Content-Encoding" not in (await fetched(api, http_client, path, **GZIP)).headers


@pytest.mark.gen_test
async def test_a_reply_with_credentials_is_never_compressed(api: Api, host: Person) -> None:
    assert {route.secret for route in ROUTES if "/auth/" in route.path} == {True}
    body = {"email": host.email, "password": host.password}
    reply = await api.post("/auth/login", body, headers=GZIP, token="")
    assert reply.status == 200
    assert "Content-Encoding" not in reply.headers


@pytest.mark.gen_test
async def test_a_compressed_reply_is_not_modified_either(api: Api, http_client: AsyncHTTPClient) -> None:
    packed = await fetched(api, http_client, "/metrics-dictionary", **GZIP)
    tag = packed.headers["ETag"]
    assert tag.startswith('W/"')
    for stated in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await fetched(api, http_client, "/metrics-dictionary", **GZIP, **{"If-None-Match": stated})
        assert (again.code, again.body) == (304, b"")
    other = await fetched(api, http_client, "/metrics-dictionary", **GZIP, **{"If-None-Match": '"other"'})
    assert other.code == 200


@pytest.mark.gen_test
async def test_any_json_that_is_read_has_a_tag(api: Api, host: Person) -> None:
    for path in ("/users/me", "/parties", "/videos", "/version"):
        first = await api.get(path)
        again = await api.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.raw) == (304, b"")
    await api.patch("/users/me", {"display_name": "Hanna W."})
    tag = first.headers["ETag"]
    assert (await api.get("/users/me", headers={"If-None-Match": tag})).status == 200


@pytest.mark.gen_test
async def test_the_weak_tag_of_a_compressed_party_guards_its_change(api: Api, host: Person) -> None:
    made = await api.post("/parties", {"title": "x"})
    tag = (await api.get(f"/parties/{made.body['id']}")).headers["ETag"]
    weak = {"If-Match": f"W/{tag.removeprefix('W/')}"}
    assert (await api.patch(f"/parties/{made.body['id']}", {"title": "y"}, headers=weak)).status == 200
    assert (await api.patch(f"/parties/{made.body['id']}", {"title": "z"}, headers=weak)).status == 412


@pytest.mark.gen_test
async def test_head_has_the_lines_of_get(api: Api, http_client: AsyncHTTPClient) -> None:
    head = await http_client.fetch(
        api.base_url + PREFIX + "/metrics-dictionary", method="HEAD", headers=GZIP, decompress_response=False
    )
    whole = await fetched(api, http_client, "/metrics-dictionary", **GZIP)
    for name in ("Content-Length", "Content-Encoding", "ETag"):
        assert head.headers[name] == whole.headers[name]
    assert json.loads(gzip.decompress(whole.body))


@pytest.mark.parametrize(
    ("stated", "accepted"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br, *", True),
        ("gzip;q=0", False),
        ("*;q=1, gzip; q=0.000", False),
        ("identity", False),
        ("", False),
        ("gzipped", False),
        (";;;,,q=", False),
    ],
)
def test_what_accept_encoding_says(stated: str, accepted: bool) -> None:
    assert accepts_gzip(stated) is accepted


@pytest.mark.parametrize(
    ("stated", "found"),
    [('"a"', True), ('W/"a"', True), ('"b", W/"a"', True), ("*", True), ('"b"', False), ("a", False), ("", False)],
)
def test_what_if_none_match_names(stated: str, found: bool) -> None:
    assert matches(stated, '"a"') is found
    assert matches(stated, 'W/"a"') is found
