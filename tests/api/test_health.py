"""Liveness, readiness, version, the document itself, and what the log says of a request."""

import io
import json
import logging

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application

from api.services.all import Services
from conf import logs as conf_logs
from realtime.asyncapi import document as asyncapi_document
from store.errors import Unavailable
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_health_stands_at_the_root_too(api: Api, http_client: AsyncHTTPClient, base_url: str) -> None:
    for path in ("/healthz", "/readyz", "/version"):
        below = await api.get(path)
        root = await http_client.fetch(base_url + path)
        assert (below.status, root.code) == (200, 200)
    assert (await api.get("/healthz")).body == {"status": "ok"}
    assert (await api.get("/version")).body == {"name": "matinee", "version": "0.0.test", "protocol": "matinee.v1"}


@pytest.mark.gen_test
async def test_readiness_names_each_dependency_with_its_latency(api: Api, built: Services) -> None:
    ready = await api.get("/readyz")
    assert ready.body["status"] == "ready"
    assert ready.body["dependencies"]["mongodb"]["latency_ms"] > 0

    async def away() -> None:
        raise Unavailable("gone")

    built.health._dependencies["bus"] = away
    broken = await api.get("/readyz")
    assert (broken.status, broken.body["status"]) == (503, "not_ready")
    assert broken.body["dependencies"]["bus"] == {"ok": False, "latency_ms": None, "error": "Unavailable"}
    assert broken.body["dependencies"]["mongodb"]["ok"] is True
    assert (await api.get("/healthz")).status == 200


@pytest.mark.gen_test
async def test_a_node_that_goes_away_is_alive_but_not_ready(api: Api, built: Services) -> None:
    built.health.draining = True
    draining = await api.get("/readyz")
    assert (draining.status, draining.body["status"]) == (503, "draining")
    assert (await api.get("/healthz")).status == 200


@pytest.mark.gen_test
async def test_the_websockets_have_their_document_beside_it(api: Api) -> None:
    served = await api.get("/asyncapi.json")
    assert served.body == asyncapi_document(version=served.body["info"]["version"])


@pytest.mark.gen_test
async def test_the_document_describes_every_route(api: Api, app: Application) -> None:
    document = (await api.get("/openapi.json")).body
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/api/v1/parties/{party_id}"]["get"]["x-access"] == "party:visible"
    control = document["paths"]["/api/v1/parties/{party_id}/control"]["post"]["requestBody"]
    mapping = control["content"]["application/json"]["schema"]["discriminator"]["mapping"]
    assert {"play", "pause", "seek", "rate", "chat.send", "settings"} <= set(mapping)


@pytest.mark.gen_test
async def test_a_request_leaves_one_line_without_its_query_or_credentials(api: Api, host: Person) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        conf_logs.configure(stream=stream)
        await api.get("/parties", query={"cursor": "hush-hush"}, headers={"X-Request-Id": "req-1"})
        await api.post("/auth/login", {"email": host.email, "password": "not-the-one"})
    finally:
        root.handlers[:], root.level = before, level
        root.setLevel(level)
        logging.captureWarnings(capture=False)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    ours = [line for line in lines if line["logger"] == "api.access"]
    assert [(line["method"], line["path"], line["status"]) for line in ours] == [
        ("GET", "/api/v1/parties", 400),
        ("POST", "/api/v1/auth/login", 401),
    ]
    assert (ours[0]["request_id"], ours[0]["route"], ours[0]["user_id"]) == ("req-1", "/parties", host.id)
    for secret in ("hush-hush", "not-the-one", host.token, host.refresh_token):
        assert secret not in stream.getvalue()
