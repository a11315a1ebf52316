"""One row of the route table, and the check that the start makes of all of them."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from api.access import Access
from api.ask import Ask, FileReply, Reply, Sink, StreamReply

PREFIX = "/api/v1"
JSON_BODY_LIMIT = 64 * 1024
"""Bytes of a JSON body: the same as one websocket frame. Only a batch of events asks for more."""

RateClass = Literal["sign_in", "mail", "write", "read", "upload", "admin", "telemetry"]
RATE_CLASSES: tuple[RateClass, ...] = get_args(RateClass)
"""What is limited apart: a bucket of tokens for each and each caller."""
CREDENTIALS = frozenset(
    {"access_token", "refresh_token", "token", "ticket", "invite_token", "authorization_url", "secret", "password"}
)
"""Fields of replies that open something to whoever reads them."""

Endpoint = Callable[[Ask[Any, Any, Any]], Awaitable[Any]]
OpenSink = Callable[[Ask[Any, Any, Any]], Awaitable[Sink]]

_PARAMETER = re.compile(r"{(\w+)}")


class RouteError(Exception):
    """The route table breaks a rule of the house; the server does not start."""


@dataclass(frozen=True)
class Route:
    """A method and a path, who may use it, and the endpoint that answers.

    The types of body, query and reply are read from the endpoint's own annotations, so that the table, the code and
    the OpenAPI document cannot disagree.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    _: KW_ONLY
    access: Access | None = None
    status: int = 200
    problems: tuple[str, ...] = ()
    """Codes that this route may answer with beyond those that follow from its access and body."""
    body_limit: int = JSON_BODY_LIMIT
    sink: OpenSink | None = None
    """Where the bytes go while they arrive, for routes that take a file instead of JSON."""
    same_origin: bool = False
    """True for routes that read or set a cookie: a page of another origin may not call them."""
    takes_cookie: bool = False
    """True for routes that find the refresh token in the cookie where the body has none."""
    also: Mapping[int, str] = field(default_factory=dict)
    """Statuses beside `status` that are no problems, and what they mean."""
    fresh: bool = False
    """True for what is dangerous: the session must have been opened by a password within the last 30 minutes."""
    audit: str | None = None
    """What the audit log calls a use of this route; every route of staff that changes something has a name for it."""
    rate: RateClass | None = None
    """Which limit counts; without one it follows from method and path."""
    in_maintenance: bool = False
    """True for the ways in, through which staff come while nobody else is served."""
    streams_json: bool = False
    """True for routes whose stream is one JSON object, of any shape."""
    knows_repeats: bool = False
    """True for routes that have an Idempotency-Key of their own meaning."""
    confidential: bool = False
    """True where a reply opens something by a field that does not say so in its name (see `CREDENTIALS`)."""
    root: bool = False
    """True for routes that stand at the root too, where balancers look for them."""

    @cached_property
    def _ask(self) -> tuple[Any, Any, Any]:
        hint = get_type_hints(self.endpoint)["ask"]
        if get_origin(hint) is not Ask:
            raise RouteError(f"{self.name}: the endpoint's `ask` must be annotated Ask[Body, Query, Subject]")
        body, query, subject = get_args(hint)
        return body, query, subject

    @property
    def body(self) -> Any:
        return self._ask[0]

    @property
    def query(self) -> Any:
        return self._ask[1]

    @cached_property
    def reply(self) -> Any:
        """The type of the reply's body; NoneType where there is none, FileReply or StreamReply for bytes."""
        kinds = _members(get_type_hints(self.endpoint)["return"])
        for kind in (FileReply, StreamReply):
            if kind in kinds:
                return kind
        if kinds and get_origin(kinds[0]) is Reply:
            kinds = _members(get_args(kinds[0])[0])
        return kinds[0] if kinds else NoneType

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tag(self) -> str:
        return "health" if self.root or self.path.endswith(".json") else self.path.split("/")[1]

    @cached_property
    def rate_class(self) -> RateClass | None:
        """The limit that counts for this route; None where balancers ask."""
        if self.rate is not None:
            return self.rate
        if self.sink is not None:
            return "upload"
        by_tag: dict[str, RateClass | None] = {"health": None, "admin": "admin", "events": "telemetry"}
        return by_tag.get(self.tag, "read" if self.method in {"GET", "HEAD"} else "write")

    @property
    def moves_file(self) -> bool:
        return self.sink is not None or self.reply in {FileReply, StreamReply}

    @cached_property
    def secret(self) -> bool:
        """Whether replies carry credentials: they are neither compressed nor kept."""
        if self.confidential or self.tag == "auth":
            return True
        if self.reply in {NoneType, FileReply, StreamReply}:
            return False
        _, components = msgspec.json.schema_components([self.reply])
        return any(CREDENTIALS & set(schema.get("properties", ())) for schema in components.values())

    @cached_property
    def keeps_reply(self) -> bool:
        """Whether an Idempotency-Key of a signed-in user is honoured by keeping the reply."""
        signed_in = self.access is not None and self.access.token == "required"
        return self.method == "POST" and signed_in and not self.secret and not self.knows_repeats

    @property
    def operation_id(self) -> str:
        return f"{self.endpoint.__module__.rpartition('.')[2]}.{getattr(self.endpoint, '__name__', 'endpoint')}"

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    @property
    def pattern(self) -> str:
        return re.sub(_PARAMETER, r"(?P<\1>[^/]+)", PREFIX + self.path)


def check(table: Sequence[Route]) -> None:
    """Refuse a table in which a route states no access, two are the same, or what staff do would go unlogged.

    Raises `RouteError` with the route's name.
    """
    seen: set[tuple[str, str]] = set()
    for route in table:
        if route.access is None:
            raise RouteError(f"{route.name} states no access")
        if route.access.name.startswith("staff") and route.method != "GET" and route.audit is None:
            raise RouteError(f"{route.name} is for staff and states no name for the audit log")
        key = (route.method, _PARAMETER.sub("{}", route.path))
        if key in seen:
            raise RouteError(f"{route.name} is there twice")
        seen.add(key)


def _members(hint: Any) -> list[Any]:
    """List what a union may be, without None."""
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return [kind for kind in members if kind is not NoneType]
