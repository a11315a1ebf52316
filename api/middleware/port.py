"""What a middleware is: up to six hooks around a request, each of which does nothing unless it is written.

The order of a request, in which `api.endpoint` calls the chain:

    begin      the request's first line and header lines are there
    lines      header lines that every reply carries, refusals too
    arrived    the route is known; nobody knows yet who asks
    admitted   who asks is known, or that they cannot be told (`exchange.refusal`); the body was not read yet
    around     the endpoint is called inside
    leaving    the reply has its body; last changes to it

`begin`, `lines` and `leaving` run forwards through the chain; of `around` the first middleware is the outermost.
A middleware refuses by raising `api.problems.Problem`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tornado.httputil import HTTPServerRequest

from api.ask import Ask, Caller, FileReply, Reply, StreamReply
from api.problems import Problem
from api.route import Route

Line = tuple[str, str]
Result = Reply[Any] | FileReply | StreamReply
Call = Callable[[], Awaitable[Result]]


@dataclass(kw_only=True)
class Exchange:
    """One request on its way through the chain."""

    request: HTTPServerRequest
    methods: tuple[str, ...]
    """What the path can be asked with; nothing where there is nothing at this address."""
    request_id: str = ""
    route: Route | None = None
    caller: Caller = field(default_factory=Caller)
    refusal: Problem | None = None
    """Why the caller's credential was refused; answered when the chain has seen it."""
    body_limit: int | None = None
    """How many bytes of JSON are taken, where that is limited."""
    body: bytes = b""
    reply_lines: dict[str, str] = field(default_factory=dict)
    """Lines that came up on the way, for this reply only."""

    @property
    def ip(self) -> str:
        return self.request.remote_ip or ""

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")


@dataclass(kw_only=True)
class Outgoing:
    """A reply, ready to be sent: what `leaving` may change."""

    status: int
    lines: dict[str, str]
    body: bytes | None

    def vary(self, name: str) -> None:
        """Say that the reply depends on a header line of the request."""
        known = self.lines.get("Vary")
        self.lines["Vary"] = f"{known}, {name}" if known else name


class Middleware:
    """The port. Hooks that stay as they are here cost a request nothing."""

    name: ClassVar[str]
    """Switched by the setting `middleware_<name>`."""

    def begin(self, exchange: Exchange) -> None: ...

    def lines(self, exchange: Exchange) -> Iterable[Line]:  # noqa: ARG002 - the port
        return ()

    async def arrived(self, exchange: Exchange) -> None: ...

    async def admitted(self, exchange: Exchange) -> None: ...

    async def around(self, exchange: Exchange, ask: Ask[Any, Any, Any], call: Call) -> Result:  # noqa: ARG002 - the port
        return await call()

    def leaving(self, exchange: Exchange, outgoing: Outgoing) -> None: ...
