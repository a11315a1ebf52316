"""What is our fault: a problem without a trace, a line in the log, and a wish to come back where that helps."""

import errno
from collections.abc import Awaitable
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from api.access import PUBLIC
from api.application import handler_settings, routes
from api.ask import Ask, Nothing
from api.route import Route, RouteError
from api.services.all import Services
from api.services.files import Files
from conf.settings import Settings
from realtime.engine import Engine
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs
from tests.fakes.metrics import RecordingMetrics

pytestmark = pytest.mark.integration


async def broken(ask: Ask[Nothing, Nothing, None]) -> None:
    raise RuntimeError(f"with a secret in its text: {ask.headers.get('X-Secret')}")


@pytest.mark.gen_test
async def test_a_bug_is_answered_without_a_trace_and_logged_with_the_path_only(
    built: Services, clock: MovableClock, settings: Settings, http_client: AsyncHTTPClient, logs: ExpectedLogs
) -> None:
    table = [Route("GET", "/broken", broken, "Always fails.", access=PUBLIC)]
    metrics = RecordingMetrics()
    lines = handler_settings(metrics=metrics, settings=settings)
    server = HTTPServer(Application(routes(built, table), **lines))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    with logs.expect("request failed"):
        reply = await http_client.fetch(
            f"http://127.0.0.1:{port}/api/v1/broken", headers={"X-Secret": "hush"}, raise_error=False
        )
    server.stop()
    await server.close_all_connections()
    assert reply.code == 500
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert (metrics.counts["http.requests"], metrics.counts["http.errors"]) == (1, 1)
    assert len(metrics.timings["http.response_time_ms"]) == 1
    for leak in (b"RuntimeError", b"Traceback", b"hush", b".py"):
        assert leak not in reply.body


def test_a_table_with_a_route_that_states_no_access_does_not_start(built: Services) -> None:
    with pytest.raises(RouteError, match="GET /broken states no access"):
        routes(built, [Route("GET", "/broken", broken, "Nobody said who may.")])


@pytest.mark.gen_test
async def test_a_store_that_is_away_is_a_503_with_retry_after(api: Api, host: Person, engine: Engine) -> None:
    party = (await api.post("/parties", {"title": "x"})).body["id"]
    await engine.close()
    for reply in (await api.post(f"/parties/{party}/start"), await api.post("/parties", {"title": "y"})):
        assert (reply.status, reply.body["code"]) == (503, "unavailable")
        assert int(reply.headers["Retry-After"]) >= 1


@pytest.mark.gen_test
async def test_a_full_disk_is_said_so_and_leaves_the_upload_where_it_was(
    api: Api, host: Person, built: Services, logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = (await api.post("/videos", {"title": "x", "source": "upload"})).body["id"]

    def full(_files: Files, _file: Any, _chunk: bytes) -> Awaitable[None]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, logs.expect("the disk is full"):
        patch.setattr(Files, "append", full)
        reply = await api.put(f"/videos/{video}/content", b"x" * 100)
    assert (reply.status, reply.body["code"]) == (503, "unavailable")
    asked = await api.put(f"/videos/{video}/content", b"", headers={"Content-Range": "bytes */100"})
    assert asked.status == 308
