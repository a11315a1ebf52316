"""Whatever is sent to a decoder, it answers with a value or with the one refusal that it promises: nothing else is raised."""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPServerRequest, RequestStartLine

from api import reading
from api.decoding import decode_body, decode_query
from api.middleware.compression import accepts_gzip
from api.middleware.conditional import matches
from api.openapi.examples import ID, example, json_of
from api.openapi.operations import takes_json
from api.preconditions import expected_revision
from api.problems import Problem
from api.routes import ROUTES
from api.schemas.dashboards import RangeQuery
from api.services.content_range import parse_piece, parse_range
from api.services.keys import Keys
from api.services.ranges import stretch_of
from api.services.signatures import StreamSignatures
from api.services.tokens import AccessTokens
from conf.clock import SystemClock, utc
from realtime.party.commands import CLIENT_COMMANDS
from realtime.protocol import FRAMES, BadFrame, decode
from realtime.sessions import SessionId, Sessions
from store.errors import BadCursor
from store.pages import _Place, from_cursor
from tests.fuzz.mutations import mutated

pytestmark = pytest.mark.fuzz

CLOCK = SystemClock()
KEYS = Keys(secret_keys=("k" * 32,))
TOKENS = AccessTokens(keys=KEYS, clock=CLOCK, seconds=900)
SIGNED = StreamSignatures(keys=KEYS, clock=CLOCK)
PARTY_SESSIONS = Sessions(b"k" * 32)
BODIES = {route.body: json_of(example(route.body)).encode() for route in ROUTES if takes_json(route)}
QUERIES = list({route.query: None for route in ROUTES if getattr(route.query, "__struct_fields__", ())})
COOKIE = b"matinee_refresh=q3Jx0v0nB1m9yqQYkqC4kq2eTn4gJw8dZr7sL5uXo1E; theme=dark"


def text(raw: bytes) -> str:
    """Read bytes as header lines are read: each is a character."""
    return raw.decode("latin-1")


def request(uri: str = "/", **lines: str) -> HTTPServerRequest:
    start = RequestStartLine("GET", uri, "HTTP/1.1")
    return HTTPServerRequest(start_line=start, headers=HTTPHeaders({"Host": "localhost", **lines}))


def body(raw: bytes) -> None:
    any_of(BODIES, lambda kind: decode_body(raw, kind))


def query(raw: bytes) -> None:
    given = reading.query(request("/x?" + text(raw)))
    any_of(QUERIES, lambda kind: decode_query(given, kind))


def any_of(kinds: Iterable[Any], decoded: Callable[[Any], object]) -> None:
    """Decode as each of the types; raises the refusal where none of them takes it."""
    refusals = []
    for kind in kinds:
        try:
            decoded(kind)
        except Problem as refusal:
            refusals.append(refusal)
        else:
            return
    raise refusals[-1]


def cookie(raw: bytes) -> None:
    for name, morsel in request(Cookie=text(raw).translate({10: "", 13: "", 0: ""})).cookies.items():
        assert isinstance(name + morsel.value, str)


def revision(raw: bytes) -> None:
    expected_revision({"If-Match": text(raw)})  # type: ignore[arg-type]


def days(raw: bytes) -> None:
    start, _, stop = text(raw).partition("|")
    stop, _, zone = stop.partition("|")
    stretch_of(RangeQuery(from_=start, to=stop, tz=zone), utc(CLOCK.now_ms()))


class Target(NamedTuple):
    """A decoder, good inputs to begin with, the refusals that it promises, and its share of the cases."""

    decode: Callable[[bytes], Any]
    seeds: list[bytes]
    refusals: tuple[type[Exception], ...] = (Problem,)
    share: float = 0.05


TARGETS: dict[str, Target] = {
    "access tokens": Target(
        lambda raw: TOKENS.check(raw.decode("utf-8", "surrogateescape")),
        [TOKENS.make(ID, ID).encode(), b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", TOKENS.make("", "").encode()],
        share=0.15,
    ),
    "JSON bodies": Target(body, list(BODIES.values()), share=0.25),
    "query strings": Target(
        query,
        [
            urlencode({"limit": 20, "cursor": "kWE", "q": "harbour", "filter": "mine"}).encode(),
            b"from=2026-01-01&to=x&tz=UTC",
        ],
        share=0.15,
    ),
    "cookies": Target(cookie, [COOKIE, b'a="b\\\\";c=d'], share=0.1),
    "frames": Target(
        lambda raw: decode(raw.decode("utf-8", "surrogatepass") if raw.isascii() else raw),
        [json_of(example(kind)).encode() for kind in (*FRAMES, *CLIENT_COMMANDS)],
        (BadFrame,),
        share=0.15,
    ),
    "cursors": Target(
        lambda raw: from_cursor(text(raw), _Place),
        [b"kdkgMDE5MmYwYzEzYTdiN2MxZTlkMmE0YjZjOGUwZjFhMmI", b"ktkBMDHWZQAAAA"],
        (BadCursor,),
    ),
    "Range": Target(lambda raw: parse_range(text(raw), 1000), [b"bytes=0-99", b"bytes=-5", b"bytes=7-"]),
    "Content-Range": Target(lambda raw: parse_piece(text(raw)), [b"bytes 0-99/1000", b"bytes */1000"]),
    "If-None-Match": Target(lambda raw: matches(text(raw), '"1"'), [b'"1", W/"2"', b"*"], ()),
    "If-Match": Target(revision, [b'"12"', b'"12-3"', b"*"]),
    "Accept-Encoding": Target(lambda raw: accepts_gzip(text(raw)), [b"gzip;q=0.5, *;q=0", b"br"], ()),
    "sessions of parties": Target(
        lambda raw: PARTY_SESSIONS.read(text(raw)),
        [PARTY_SESSIONS.write(SessionId(session_id=ID, guest_id="g")).encode()],
        (),
    ),
    "signed addresses": Target(
        lambda raw: SIGNED.opens(ID, *text(raw).partition("&signature=")[::2]), [SIGNED.sign(ID)[8:].encode()], ()
    ),
    "ranges of days": Target(days, [b"2026-11-23|2026-11-24|UTC", b"2026-11-23T00:00:00Z|9999-12-31|Europe/Berlin"]),
}


@pytest.mark.parametrize("cases", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_no_decoder_raises_what_it_does_not_promise(cases: int) -> None:
    done, refused, started = 0, 0, time.monotonic()
    whole = sum(target.share for target in TARGETS.values())
    for n, (name, target) in enumerate(TARGETS.items()):
        for raw in mutated(target.seeds, int(cases * target.share / whole) + 1, seed=cases + n):
            done += 1
            try:
                target.decode(raw)
            except target.refusals:
                refused += 1
            except HTTPInputError:
                refused += 1  # Tornado's own: it answers 400 before any of ours is asked
            except Exception as error:
                raise AssertionError(f"{name}: {error!r} for {raw[:500]!r}") from error
    print(
        f"\n{done:,} mutated inputs in {time.monotonic() - started:.0f} s: {refused:,} refused, none raised anything else"
    )
    assert done >= cases


@pytest.mark.parametrize("name", TARGETS)
def test_each_decoder_takes_what_is_good(name: str) -> None:
    """A decoder that refused all would pass the test above."""
    target = TARGETS[name]
    taken = 0
    for seed in target.seeds:
        try:
            target.decode(seed)
        except target.refusals:
            continue
        taken += 1
    assert taken > 0
