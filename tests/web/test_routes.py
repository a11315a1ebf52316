import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port
from tornado.web import Application

from tests.conftest import ExpectedLogs
from web.pages import PAGES
from web.routes import HERE, assets_digest, routes

ADDRESSES = [
    "/",
    "/signin",
    "/register",
    "/verify?token=x",
    "/forgot",
    "/reset?token=x",
    "/me",
    "/u/ada",
    "/search?q=film",
    "/notifications",
    "/admin",
    "/admin/users",
    "/p/ABCD1234",
    "/p/ABCD1234/replay",
    "/dashboard",
    "/dashboard/parties/0198",
    "/dashboard/videos/0198",
    "/docs",
]


@pytest.fixture
def base(io_loop: IOLoop) -> Iterator[str]:
    socket, port = bind_unused_port()
    server = HTTPServer(Application(routes()))
    server.add_socket(socket)
    yield f"http://127.0.0.1:{port}"
    server.stop()
    io_loop.run_sync(server.close_all_connections)


async def fetch(url: str, **options: object) -> HTTPResponse:
    return await AsyncHTTPClient().fetch(url, raise_error=False, **options)


async def asset(base: str, path: str) -> str:
    page = (await fetch(base + "/")).body.decode()
    prefix = re.search(r'src="(/static/[0-9a-f]+)/js/', page)[1]
    return f"{base}{prefix}/{path}"


def directives(reply: HTTPResponse) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in reply.headers["Content-Security-Policy"].split(";"))


@pytest.mark.websocket
@pytest.mark.gen_test
@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_page_answers_with_a_shell_that_a_strict_policy_guards(base: str, address: str) -> None:
    reply = await fetch(base + address)
    assert reply.code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    policy = directives(reply)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in reply.headers


@pytest.mark.websocket
@pytest.mark.gen_test
@pytest.mark.parametrize("address", ADDRESSES)
async def test_no_shell_holds_a_script_or_style_of_its_own(base: str, address: str) -> None:
    page = (await fetch(base + address)).body.decode()
    assert set(re.findall(r"<script[^>]*>([^<]*)</script>", page)) == {""}
    assert "<style" not in page
    assert not re.search(r"\s(?:style|on\w+)=", page)


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_all_that_a_shell_names_is_there(base: str) -> None:
    for address in ADDRESSES:
        page = (await fetch(base + address)).body.decode()
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            reply = await fetch(base + path, method="HEAD")
            assert reply.code == 200, path


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_an_address_that_is_nobodys_gets_the_page_that_says_so(base: str, logs: ExpectedLogs) -> None:
    logs.allow("404 GET /no/such/page")
    reply = await fetch(base + "/no/such/page")
    assert reply.code == 404
    assert b"missing.js" in reply.body
    assert "Content-Security-Policy" in reply.headers


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_a_shell_that_the_browser_has_is_not_sent_again(base: str) -> None:
    first = await fetch(base + "/")
    again = await fetch(base + "/", headers={"If-None-Match": first.headers["Etag"]})
    assert (again.code, again.body) == (304, b"")


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_a_page_cannot_be_written_to(base: str, logs: ExpectedLogs) -> None:
    logs.allow("405 POST /")
    reply = await fetch(base + "/", method="POST", body="")
    assert reply.code == 405
    assert reply.headers["Allow"] == "GET, HEAD"


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_files_under_the_present_digest_are_kept_for_a_year(base: str) -> None:
    reply = await fetch(await asset(base, "js/sync/drift.js"))
    assert reply.code == 200
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.websocket
@pytest.mark.gen_test
async def test_files_under_another_digest_are_served_but_not_kept(base: str) -> None:
    reply = await fetch(f"{base}/static/0123456789abcdef/js/sync/drift.js")
    assert reply.code == 200
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.websocket
@pytest.mark.gen_test
@pytest.mark.parametrize("path", ["../routes.py", "%2e%2e/routes.py", "js/package.json", "js", "js/none.js"])
async def test_what_is_no_file_of_the_set_is_not_served(base: str, logs: ExpectedLogs, path: str) -> None:
    logs.allow(r"is not in root static directory|403|404")
    reply = await fetch(await asset(base, path))
    assert reply.code in {403, 404}


def test_https_is_demanded_only_where_our_address_is_https() -> None:
    plain, safe = ({rule.name: rule.kwargs["https"] for rule in routes(https=https)} for https in (False, True))
    assert not any(plain.values())
    assert all(safe.values())


def test_another_byte_in_any_file_is_another_name_for_all(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    file = tmp_path / "css" / "a.css"
    file.write_text("a{}")
    before = assets_digest(tmp_path)
    file.write_text("b{}")
    assert assets_digest(tmp_path) != before


def test_every_page_has_its_module_and_styles() -> None:
    for page in PAGES:
        assert (HERE / "static" / "js" / "pages" / f"{page.module}.js").is_file()
        assert all((HERE / "static" / style).is_file() for style in page.styles)
