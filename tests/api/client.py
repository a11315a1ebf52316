"""An HTTP client that believes nothing: every reply is held against the OpenAPI document that the server gives."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

PREFIX = "/api/v1"


HTTP_ITSELF = frozenset(
    {
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "permissions-policy",
        "referrer-policy",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "x-consumed-content-encoding",  # Tornado's client: what it has decompressed
        "x-content-type-options",
    }
)
"""What HTTP, browsers and caches read; beside these and CORS, a line that the document does not name fails."""


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
        described = self.resolved(operation["responses"].get(str(reply.status)))
        assert described is not None, f"{method} {template} does not say that it answers {reply}"
        self._check_headers(described["headers"], reply, f"{method} {template} {reply.status}")
        self.seen.add((method, template or "", reply.status))
        kind = reply.headers.get("Content-Type", "").partition(";")[0]
        content = described.get("content", {})
        if method == "HEAD" or not reply.raw:
            return
        media = content.get(kind) or content.get("*/*")
        assert media is not None, f"{method} {template} {reply.status}: {kind} is not described"
        if reply.body is not None:
            self._match(media["schema"], reply.body, f"{method} {template} {reply.status}")

    def resolved(self, described: dict[str, Any] | None) -> dict[str, Any] | None:
        """Follow a reference into the components."""
        if described is None or "$ref" not in described:
            return described
        kind, name = described["$ref"].split("/")[2:]
        found: dict[str, Any] = self.document["components"][kind][name]
        return found

    def _check_headers(self, described: dict[str, Any], reply: Reply, where: str) -> None:
        """Hold the header lines to the document: what it promises is there, what is there it knows."""
        known = {name.lower(): self.resolved(header) or {} for name, header in described.items()}
        missing = [name for name, header in known.items() if header.get("required") and name not in reply.headers]
        assert not missing, f"{where}: without {missing}"
        given = {name.lower(): value for name, value in reply.headers.get_all()}
        unknown = {name for name in given.keys() - known.keys() - HTTP_ITSELF if not name.startswith("access-control-")}
        assert not unknown, f"{where}: {unknown} are not described"
        for name in given.keys() & known.keys():
            schema = known[name]["schema"]
            value = int(given[name]) if schema.get("type") == "integer" else given[name]
            self._match(schema, value, f"{where} {name}")

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
