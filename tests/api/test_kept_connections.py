"""A refusal does not cost the client its connection: what comes next goes over the same one."""

import asyncio

import pytest

from tests.api.client import Api

pytestmark = pytest.mark.integration

REFUSED = {
    "no token": ("GET /api/v1/users/me HTTP/1.1", 401),
    "no such path": ("GET /api/v1/nothing HTTP/1.1", 404),
    "no such method": ("PATCH /api/v1/version HTTP/1.1\r\nContent-Length: 0", 405),
    "a preflight of nothing": ("OPTIONS /api/v1/nothing HTTP/1.1", 404),
    "a body that is no JSON": (
        "POST /api/v1/auth/login HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
        400,
    ),
    "a body without a token": ("POST /api/v1/parties HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 415),
}


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
@pytest.mark.gen_test
async def test_the_connection_stays(api: Api, request_: str, status: int) -> None:
    host, _, port = api.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head, _, body = request_.partition("\r\n\r\n")
    for _ in range(2):
        writer.write(f"{head}\r\nHost: {host}\r\n\r\n{body}".encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert "connection: close" not in answer.lower()
        lines = dict(line.lower().split(": ", 1) for line in answer.strip().split("\r\n")[1:])
        await reader.readexactly(int(lines["content-length"]))
    writer.close()
