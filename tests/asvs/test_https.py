"""Behind TLS: what browsers are told when the public address is https."""

import json
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

pytestmark = pytest.mark.integration

ADDRESS = "https://watch.example.com"
PASSWORD = "correct horse battery"
ACCOUNT = {"email": "ada@example.com", "username": "ada", "password": PASSWORD, "password_confirm": PASSWORD}


async def post(url: str, body: dict[str, Any], **lines: str) -> HTTPResponse:
    return await AsyncHTTPClient(force_instance=True).fetch(
        url,
        method="POST",
        body=json.dumps(body),
        headers={"Content-Type": "application/json", **lines},
        raise_error=False,
    )


@pytest.mark.gen_test(timeout=30)
async def test_the_cookie_belongs_to_this_host_and_to_tls_alone(serve: Any) -> None:
    served = await serve(public_url=ADDRESS)
    auth = f"{served.url}/api/v1/auth"
    await post(f"{auth}/register", ACCOUNT)
    web = {"X-Matinee-Client": "web"}
    opened = await post(f"{auth}/login", {"email": ACCOUNT["email"], "password": PASSWORD}, **web)
    cookie = opened.headers["Set-Cookie"]
    name_and_value, *attributes = cookie.split("; ")
    assert name_and_value.startswith("__Host-matinee_refresh=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(attributes)
    assert not any(attribute.lower().startswith("domain") for attribute in attributes)
    assert len(cookie) < 4096
    assert "refresh_token" not in json.loads(opened.body)
    renewed = await post(f"{auth}/refresh", {}, Cookie=name_and_value, **web)
    assert renewed.code == 200
    plain = name_and_value.replace("__Host-", "")
    assert (await post(f"{auth}/refresh", {}, Cookie=plain, **web)).code == 401
    ended = await post(f"{auth}/logout", {}, Cookie=renewed.headers["Set-Cookie"].partition(";")[0], **web)
    assert ended.headers["Set-Cookie"].startswith('__Host-matinee_refresh="";')


@pytest.mark.gen_test(timeout=30)
async def test_every_kind_of_reply_demands_tls_for_two_years(serve: Any) -> None:
    served = await serve(public_url=ADDRESS)
    page = await served.get("/")
    asset = page.body.decode().partition('src="/static/')[2].partition('"')[0]
    paths = [
        "/",
        "/no-such-page",
        f"/static/{asset}",
        "/api/v1/version",
        "/api/v1/users/me",
        "/api/v1/nothing",
        "/readyz",
    ]
    for path in paths:
        reply = await served.get(path)
        lines = reply.headers
        assert lines["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains", (path, reply.code)
        assert lines["X-Content-Type-Options"] == "nosniff", path
        assert "frame-ancestors 'none'" in lines["Content-Security-Policy"], path
        assert lines["Referrer-Policy"] == "no-referrer", path
