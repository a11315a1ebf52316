"""An HTTP client that believes nothing: every reply is held against the OpenAPI document that the server gives."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

PREFIX = "/api/v1"


class Reply:
    """What came back, with its JSON where it is some."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.code
        self.headers = response.headers
        self.raw = response.body or b""
        kind = response.headers.get("Content-Type", "")
        self.body: Any = json.loads(self.raw) if "json" in kind and self.raw else None

    def __repr__(self) -> str:
        return f"<{self.status} {self.raw[:300]!r}>"


class OpenApi:
    """Checks replies against a document; refuses what it does not mention."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = {re.compile(re.sub(r"{\w+}", "[^/]+", path)): path for path in document["paths"]}
        self.seen: set[tuple[str, str, int]] = set()

    def check(self, method: str, path: str, reply: Reply) -> None:
        template = next((template for pattern, template in self._paths.items() if pattern.fullmatch(path)), None)
        operation = self.document["paths"].get(template, {}).get("get" if method == "HEAD" else method.lower())
        if operation is None:
            assert reply.status in {204, 404, 405, 421}, f"{method} {path} is not in the document: {reply}"
            if reply.status != 204:
                self._match({"$ref": "#/components/schemas/Problem"}, reply.body, f"{method} {path}")
            return
        described = operation["responses"].get(str(reply.status))
        assert described is not None, f"{method} {template} does not say that it answers {reply}"
        self.seen.add((method, template or "", reply.status))
        kind = reply.headers.get("Content-Type", "").partition(";")[0]
        content = described.get("content", {})
        if method == "HEAD" or not reply.raw:
            return
        media = content.get(kind) or content.get("*/*")
        assert media is not None, f"{method} {template} {reply.status}: {kind} is not described"
        if reply.body is not None:
            self._match(media["schema"], reply.body, f"{method} {template} {reply.status}")

    def _match(self, schema: dict[str, Any], body: Any, where: str) -> None:
        validator: Validator = Draft202012Validator({**schema, "components": self.document["components"]})
        faults = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
        assert not faults, f"{where}: {faults}\n{body}"


class Api:
    """Calls the API over a real socket."""

    def __init__(self, http: AsyncHTTPClient, base_url: str, document: dict[str, Any]) -> None:
        self._http = http
        self.base_url = base_url
        self.openapi = OpenApi(document)
        self.token: str | None = None

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
    ) -> Reply:
        """Send a request. `body` goes as JSON, `raw` as it is; `token` "" sends none."""
        address = path if path.startswith("/api") else PREFIX + path
        lines = dict(headers or {})
        token = self.token if token is None else token
        if token:
            lines["Authorization"] = f"Bearer {token}"
        payload = raw
        if body is not None:
            payload = json.dumps(body).encode()
            lines.setdefault("Content-Type", "application/json")
        if payload is None and method in {"POST", "PUT", "PATCH"}:
            payload = b""
        response = await self._http.fetch(
            self.base_url + address + (f"?{urlencode(query)}" if query else ""),
            method=method,
            body=payload,
            headers=lines,
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=20,
        )
        reply = Reply(response)
        if response.code != 599:  # a broken connection, which the test asked for
            self.openapi.check(method, address.partition("?")[0], reply)
        return reply

    async def get(self, path: str, **given: Any) -> Reply:
        return await self.call("GET", path, **given)

    async def post(self, path: str, body: Any = None, **given: Any) -> Reply:
        return await self.call("POST", path, body, **given)

    async def patch(self, path: str, body: Any = None, **given: Any) -> Reply:
        return await self.call("PATCH", path, body, **given)

    async def put(self, path: str, raw: bytes, **given: Any) -> Reply:
        return await self.call("PUT", path, raw=raw, **given)

    async def delete(self, path: str, **given: Any) -> Reply:
        return await self.call("DELETE", path, **given)

    async def person(self, name: str, password: str = "correct horse battery") -> "Person":
        """Register and sign in somebody new."""
        email = f"{name}@example.com"
        made = await self.post(
            "/auth/register",
            {"email": email, "username": name, "password": password, "password_confirm": password},
            token="",
        )
        assert made.status == 201, made
        return await self.sign_in(email, password)

    async def sign_in(self, email: str, password: str = "correct horse battery") -> "Person":
        reply = await self.post("/auth/login", {"email": email, "password": password}, token="")
        assert reply.status == 200, reply
        return Person(
            reply.body["user"]["id"], email, password, reply.body["access_token"], reply.body["refresh_token"]
        )


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, id: str, email: str, password: str, token: str, refresh_token: str) -> None:  # noqa: A002
        self.id = id
        self.email = email
        self.password = password
        self.token = token
        self.refresh_token = refresh_token
