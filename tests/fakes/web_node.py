"""A whole web node behind a real socket, as the tests of its parts together ask it."""

import json
import socket
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from matinee import listening
from matinee.composition import Node


class Served:
    """A web node of the test's own settings, on a free port, in the test's loop."""

    def __init__(self, node: Node, listener: socket.socket) -> None:
        self.node = node
        self.url = listening.url_of(listener)

    async def get(self, path: str, **headers: str) -> HTTPResponse:
        request = HTTPRequest(self.url + path, headers=headers)
        return await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)

    async def post(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **(bearer(token) if token else {})}
        request = HTTPRequest(self.url + path, method="POST", body=json.dumps(body), headers=headers)
        found: dict[str, Any] = json.loads((await AsyncHTTPClient(force_instance=True).fetch(request)).body)
        return found

    async def call(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> int:
        """Send a request that is answered with its status alone."""
        headers = {"Content-Type": "application/json", **bearer(token)} if body else bearer(token)
        text = json.dumps(body) if body else ("" if method in {"POST", "PUT", "PATCH"} else None)
        request = HTTPRequest(
            self.url + path, method=method, body=text, headers=headers, allow_nonstandard_methods=True
        )
        return (await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)).code


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
