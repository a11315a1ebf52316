"""The half of the handler that writes: replies, files and problems, with what the middlewares add to them."""

from collections.abc import Mapping
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, RequestHandler

from api.ask import Cookie, FileReply, Reply, StreamReply
from api.decoding import encode
from api.faults import as_problem
from api.middleware.port import Exchange, Outgoing
from api.problems import Problem
from api.reading import allowed
from api.route import Route
from api.services.all import Services

FILE_CHUNK_BYTES = 256 * 1024
NO_CONTENT = 204
NOT_MODIFIED = 304


class ReplyingHandler(RequestHandler):
    """Knows the request's exchange with the chain, and how each kind of answer is written."""

    def initialize(self, *, services: Services, methods: Mapping[str, Route]) -> None:
        self._services = services
        self._methods = methods
        self._chain = services.middleware
        self._exchange = Exchange(request=self.request, methods=allowed(methods))
        self._chain.begin(self._exchange)
        self.set_default_headers()

    @property
    def request_id(self) -> str:
        return self._exchange.request_id

    @property
    def route_path(self) -> str:
        """The path with its parameters unfilled: one name for all parties in log lines."""
        return self._exchange.route.path if self._exchange.route else ""

    @property
    def user_id(self) -> str | None:
        return self._exchange.caller.user_id

    @property
    def bytes_out(self) -> int:
        """Length of the reply's body, as its header says."""
        return int(self._headers.get("Content-Length", "0"))

    @property
    def moves_file(self) -> bool:
        return self._exchange.route is not None and self._exchange.route.moves_file

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        if hasattr(self, "_exchange"):  # Tornado calls it once before `initialize`
            for name, value in (*self._chain.lines(self._exchange), *self._exchange.reply_lines.items()):
                self.set_header(name, value)

    def options(self, **_path: str) -> None:
        """Answer a preflight: which methods the path has."""
        self.set_status(NO_CONTENT)
        self.set_header("Allow", ", ".join(self._exchange.methods))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write what Tornado itself refuses (an unknown method, a bad percent-encoding) as a problem too."""
        error = kwargs.get("exc_info", (None, None, None))[1] or HTTPError(status_code)
        self._send_problem(as_problem(error, self.request.path, allow=", ".join(self._exchange.methods)))

    def log_exception(self, *_exception: Any) -> None:
        """Log nothing here: `as_problem` has logged what was our fault, with the path only."""

    def compute_etag(self) -> None:
        """Name no reply: that is for the middleware `conditional`."""

    def _send(self, reply: Reply[Any]) -> None:
        assert self._exchange.route is not None
        body = None if reply.body is None else encode(reply.body)
        status = reply.status or (NO_CONTENT if body is None else self._exchange.route.status)
        outgoing = Outgoing(status=status, lines={**self._exchange.reply_lines, **reply.headers}, body=body)
        self._chain.leaving(self._exchange, outgoing)
        self.set_status(outgoing.status)
        for name, value in outgoing.lines.items():
            (self.add_header if name == "Vary" else self.set_header)(name, value)
        for cookie in reply.cookies:
            self._set(cookie)
        if outgoing.body is not None:
            self.set_header("Content-Type", "application/json")
            self.write(outgoing.body)
        self.finish()

    def _set(self, cookie: Cookie) -> None:
        self.set_cookie(
            cookie.name,
            cookie.value,
            path=cookie.path,
            max_age=cookie.max_age_seconds,
            secure=cookie.secure,
            httponly=True,
            samesite="Strict",
        )

    async def _stream(self, reply: FileReply) -> None:
        self.set_status(reply.status)
        for name, value in (*self._exchange.reply_lines.items(), *reply.headers.items()):
            self.set_header(name, value)
        if reply.status != NOT_MODIFIED:
            self.set_header("Content-Length", str(reply.stop - reply.start))
        if self.request.method != "HEAD":
            async for chunk in self._services.files.read(reply.file, reply.start, reply.stop, FILE_CHUNK_BYTES):
                self.write(chunk)
                await self.flush()
        self.finish()

    async def _stream_made(self, reply: StreamReply) -> None:
        for name, value in (*self._exchange.reply_lines.items(), *reply.headers.items()):
            self.set_header(name, value)
        if self.request.method != "HEAD":
            async for chunk in reply.chunks:
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
