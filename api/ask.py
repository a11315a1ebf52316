"""What an endpoint is given (`Ask`) and what it may give back (`Reply`)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from api.problems import Problem
from store.documents import User

if TYPE_CHECKING:
    from api.services.all import Services

BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")
SubjectT = TypeVar("SubjectT")
ReplyT = TypeVar("ReplyT")


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body or the query of a route that takes none."""


class Headers(Protocol):
    """The request's header lines, by name in any case."""

    def get(self, name: str, default: str = "", /) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: a signed-in user in one of their sessions, or nobody."""

    user: User | None = None
    session: str | None = None
    """The family of refresh tokens that the access token was made for."""
    expires_ms: float | None = None

    @property
    def user_id(self) -> str | None:
        return self.user.id if self.user else None

    @property
    def staff(self) -> bool:
        return self.user is not None and self.user.role == "staff"


@dataclass(frozen=True, kw_only=True)
class Ask(Generic[BodyT, QueryT, SubjectT]):
    """One request, checked: an endpoint reads nothing else.

    `subject` is what the route's access rule fetched together with the permission to see it (a party, a video), or
    the signed-in user, or None where the route is public.
    """

    services: "Services"
    caller: Caller
    path: Mapping[str, str]
    query: QueryT
    body: BodyT
    subject: SubjectT
    headers: Headers
    cookies: Mapping[str, str]
    request_id: str
    ip: str

    @property
    def user(self) -> User:
        """The signed-in user; only for routes whose access asks for one."""
        if self.caller.user is None:
            raise Problem("unauthenticated")
        return self.caller.user


@dataclass(frozen=True, kw_only=True)
class Cookie:
    """A cookie to set; an empty value clears it."""

    name: str
    value: str
    path: str
    max_age_seconds: int
    secure: bool


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[ReplyT]):
    """A reply with more than a body: another status, header lines, cookies."""

    body: ReplyT
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FileReply:
    """Bytes of a file, `start` to `stop` (not included), that are streamed; `stop == start` sends none."""

    file: Path
    start: int
    stop: int
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class StreamReply:
    """Bytes that are made while they are sent, so that nobody knows how many. `headers` name their Content-Type.

    A fault in the middle cuts the connection, by which the client knows that they are not whole.
    """

    chunks: AsyncIterator[bytes]
    headers: Mapping[str, str]


class Sink(Protocol):
    """Where the bytes of an upload go while they arrive."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes; returning late slows the sender down."""
        ...

    async def close(self) -> None:
        """Let go of the file; called once, whether all bytes came or the connection broke."""
        ...
