"""The one Tornado handler: it finds the route, admits the caller, decodes, calls the endpoint, encodes.

Every request runs in "stream" mode: `prepare` sees the headers before a byte of the body is read, so that who may not
upload is told so first, and a file goes to disk chunk by chunk. A refusal that is known before the body came is
answered at once only where the body is long (the connection then closes); short bodies are read and dropped first,
because closing on unread bytes can reset the connection before the client has read why.
"""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, stream_request_body

from api import audited, cross_origin
from api.ask import Ask, Caller, FileReply, Headers, Nothing, Reply, Sink
from api.decoding import decode_body, decode_query, encode
from api.faults import as_problem
from api.problems import Problem
from api.route import Route
from api.security_headers import SECURITY_HEADERS
from api.services.all import Services
from conf import logs
from store.ids import new_id

DRAIN_BYTES = 2 * 1024 * 1024
"""How much of a refused body is read and dropped, so that the client surely gets the answer."""
BODY_SECONDS = 30.0
"""Time for a JSON body to arrive; a client that sends a byte a second holds no connection for longer."""
UPLOAD_SECONDS = 6 * 3600.0
"""Time for one request of an upload: 4 GiB at 1.6 Mbit/s."""
FILE_CHUNK_BYTES = 256 * 1024
LONGEST_PARAMETER = 64
NOT_MODIFIED = 304

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@stream_request_body
class EndpointHandler(RequestHandler):
    """Runs the endpoints of one path."""

    def initialize(self, *, services: Services, methods: Mapping[str, Route]) -> None:
        self._services = services
        self._methods = methods
        self._route: Route | None = None
        self._ask: Ask[Any, Any, Any] | None = None
        self._refusal: Problem | None = None
        self._raw = bytearray()
        self._sink: Sink | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def route_path(self) -> str:
        """The path with its parameters unfilled: one name for all parties in log lines."""
        return self._route.path if self._route else ""

    @property
    def user_id(self) -> str | None:
        return self._ask.caller.user_id if self._ask else None

    def set_default_headers(self) -> None:
        given = self.request.headers.get("X-Request-Id", "")
        if not hasattr(self, "request_id"):
            known = _REQUEST_ID.fullmatch(given)
            self.request_id = given if known else new_id(self.settings["clock"].now_ms())
        self.clear_header("Server")
        self.set_header("X-Request-Id", self.request_id)
        for name, value in (*SECURITY_HEADERS, *cross_origin.reply_headers(self.request, self.settings["origins"])):
            self.set_header(name, value)

    async def prepare(self) -> None:
        with logs.bound(request_id=self.request_id):
            self._bound_body(DRAIN_BYTES, BODY_SECONDS)
            try:
                await self._admit()
            except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
                self._refusal = as_problem(error, self.request.path)
                if self._body_bytes() > DRAIN_BYTES or self.request.headers.get("Expect") or not self._has_body():
                    self._send_problem(self._refusal)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refusal else self._take(chunk)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._sink is not None:
            self._closing = asyncio.ensure_future(self._sink.close())

    async def answer(self, **_path: str) -> None:
        """Call the endpoint, now that the body is whole."""
        with logs.bound(request_id=self.request_id):
            try:
                await self._call()
            except StreamClosedError:
                return
            except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
                self._send_problem(as_problem(error, self.request.path))
            finally:
                if self._sink is not None:
                    await self._sink.close()

    get = head = post = put = patch = delete = answer

    def options(self, **_path: str) -> None:
        """Answer a preflight: which methods the path has."""
        self.set_status(204)
        self.set_header("Allow", self._allow())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write what Tornado itself refuses (an unknown method, a bad percent-encoding) as a problem too."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self._send_problem(as_problem(error or HTTPError(status_code), self.request.path, allow=self._allow()))

    def log_exception(self, *_exception: Any) -> None:
        """Log nothing here: `as_problem` has logged what was our fault, with the path only."""

    async def _admit(self) -> None:
        if self.request.method == "OPTIONS" and self._methods:
            return
        route = self._route = self._find()
        if route.same_origin:
            cross_origin.refuse_other_pages(self.request, self.settings["origins"])
        self._check_body(route)
        assert route.access is not None  # api.route.check has seen to it
        caller = Caller()
        if route.access.token != "ignored":
            required = route.access.token == "required"
            caller = await self._services.sessions.caller(
                self.request.headers.get("Authorization", ""), required=required
            )
        ask: Ask[Any, Any, Any] = Ask(
            services=self._services,
            caller=caller,
            path=self._path(),
            query=decode_query(self._query(), route.query),
            body=Nothing(),
            subject=None,
            headers=as_headers(self.request.headers),
            cookies={name: morsel.value for name, morsel in self.request.cookies.items()},
            request_id=self.request_id,
            ip=self.request.remote_ip or "",
        )
        self._ask = replace(ask, subject=await route.access.admit(ask))
        if route.sink is not None:
            self._sink = await route.sink(self._ask)

    def _find(self) -> Route:
        if not self._methods:
            raise Problem("not_found", "There is nothing at this address.")
        route = self._methods.get("GET" if self.request.method == "HEAD" else self.request.method or "")
        if route is None:
            raise Problem("method_not_allowed", headers={"Allow": self._allow()})
        return route

    def _allow(self) -> str:
        return ", ".join(sorted({*self._methods, "OPTIONS", *({"HEAD"} if "GET" in self._methods else ())}))

    def _path(self) -> dict[str, str]:
        if any(len(value) > LONGEST_PARAMETER for value in self.path_kwargs.values()):
            raise Problem("not_found")
        return dict(self.path_kwargs)

    def _query(self) -> dict[str, list[str]]:
        try:
            return {name: [v.decode() for v in values] for name, values in self.request.query_arguments.items()}
        except UnicodeDecodeError as error:
            raise Problem("invalid", "The query is not UTF-8.") from error

    def _check_body(self, route: Route) -> None:
        limit = self._services.settings.upload_max_bytes if route.sink else route.body_limit
        self._bound_body(limit + DRAIN_BYTES, UPLOAD_SECONDS if route.sink else BODY_SECONDS)
        if self._body_bytes() > limit:
            raise Problem("too_large", f"At most {limit} bytes are taken here.")
        if not self._has_body() or route.sink is not None:
            return
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or self.request.headers.get("Content-Encoding", "identity") != "identity":
            raise Problem("unsupported_media_type", "Send application/json, not compressed.")

    def _bound_body(self, most_bytes: int, seconds: float) -> None:
        """Have Tornado cut the connection beyond these bounds, whatever the server's own are."""
        connection = self.request.connection
        if isinstance(connection, HTTP1Connection):
            connection.set_max_body_size(most_bytes)
            connection.set_body_timeout(seconds)

    def _body_bytes(self) -> int:
        stated = self.request.headers.get("Content-Length", "0")
        return int(stated) if stated.isascii() and stated.isdigit() else 0

    def _has_body(self) -> bool:
        return self._body_bytes() > 0 or "Transfer-Encoding" in self.request.headers

    async def _take(self, chunk: bytes) -> None:
        try:
            if self._sink is not None:
                await self._sink.write(chunk)
                return
            self._raw += chunk
            if self._route is not None and len(self._raw) > self._route.body_limit:
                raise Problem("too_large", f"At most {self._route.body_limit} bytes are taken here.")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
            self._refusal = as_problem(error, self.request.path)

    async def _call(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        assert self._route is not None
        assert self._ask is not None
        body = self._sink if self._route.sink else decode_body(bytes(self._raw), self._route.body)
        result = await audited.answer(self._route, replace(self._ask, body=body))
        if isinstance(result, FileReply):
            await self._stream(result)
        elif isinstance(result, Reply):
            self._send(result)
        else:
            self._send(Reply(body=result))

    def _send(self, reply: Reply[Any]) -> None:
        assert self._route is not None
        self.set_status(reply.status or (204 if reply.body is None else self._route.status))
        for name, value in reply.headers.items():
            self.set_header(name, value)
        for cookie in reply.cookies:
            self.set_cookie(
                cookie.name,
                cookie.value,
                path=cookie.path,
                max_age=cookie.max_age_seconds,
                secure=cookie.secure,
                httponly=True,
                samesite="Strict",
            )
        if self.request.method in {"GET", "HEAD"} and self.check_etag_header():
            self.set_status(NOT_MODIFIED)
        elif reply.body is not None:
            self.set_header("Content-Type", "application/json")
            self.write(encode(reply.body))
        self.finish()

    async def _stream(self, reply: FileReply) -> None:
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.status != NOT_MODIFIED:
            self.set_header("Content-Length", str(reply.stop - reply.start))
        if self.request.method != "HEAD":
            async for chunk in self._services.files.read(reply.file, reply.start, reply.stop, FILE_CHUNK_BYTES):
                self.write(chunk)
                await self.flush()
        self.finish()

    def _send_problem(self, problem: Problem) -> None:
        if self._headers_written:  # too late for a document: a cut connection says that the file is not whole
            self._cut()
            return
        self.clear()
        self.set_status(problem.status)
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", "application/problem+json")
        self.finish(encode(problem.document(self.request_id)))

    def _cut(self) -> None:
        if isinstance(self.request.connection, HTTP1Connection):
            self.request.connection.close()


def as_headers(headers: Any) -> Headers:
    """Narrow Tornado's headers to what endpoints may do with them: look one up."""
    found: Headers = headers
    return found
