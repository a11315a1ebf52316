"""The net that searches the suite's log for secrets catches a planted one, from each place where one is minted."""

import io
import logging
import secrets
from collections.abc import Callable, Iterator

import argon2
import pytest
from tornado.ioloop import IOLoop

from api.services.keys import Keys
from api.services.passwords import Passwords
from api.services.signatures import StreamSignatures
from api.services.tokens import AccessTokens
from conf.clock import SystemClock
from realtime.sessions import SessionId, Sessions
from tests.canary import Canary
from tests.conftest import ExpectedLogs

KEYS = Keys(secret_keys=("k" * 32,))
PLACES: dict[str, Callable[[], str]] = {
    "a random token": lambda: secrets.token_urlsafe(32),
    "an access token": lambda: AccessTokens(keys=KEYS, clock=SystemClock(), seconds=900).make("ada", "family"),
    "a signed address": lambda: StreamSignatures(keys=KEYS, clock=SystemClock()).sign("film"),
    "a session of a party": lambda: Sessions(b"k" * 32).write(SessionId(session_id="s" * 32, guest_id="g")),
}


@pytest.fixture
def net() -> Iterator[tuple[Canary, io.StringIO, logging.Logger]]:
    """A net of its own around a logger of its own, beside that of the session."""
    text = io.StringIO()
    logger = logging.getLogger("planted")
    logger.propagate = False
    own = Canary(text)
    logger.addHandler(own)
    with pytest.MonkeyPatch.context() as patch:
        own.watch(patch)
        yield own, text, logger


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("line", ["%s", "GET /a/%s/b 200", "url=/x?token=%s&y=1", "{'token': '%s'}", "Bearer %s"])
def test_a_planted_secret_is_caught(net: tuple[Canary, io.StringIO, logging.Logger], place: str, line: str) -> None:
    own, text, logger = net
    logger.debug(line, PLACES[place]())
    assert len(own.found(text.getvalue())) == 1


def test_a_planted_password_is_caught(net: tuple[Canary, io.StringIO, logging.Logger], io_loop: IOLoop) -> None:
    own, text, logger = net
    passwords = Passwords(workers=1)
    io_loop.run_sync(lambda: passwords.hash("a seat in the first row"))
    passwords.close()
    logger.info("sign-in with %r", "a seat in the first row")
    assert len(own.found(text.getvalue())) == 1


def test_hashes_and_ids_are_no_secrets(net: tuple[Canary, io.StringIO, logging.Logger]) -> None:
    own, text, logger = net
    token = secrets.token_urlsafe(32)
    logger.info(
        "hash %s of %s…", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(token), token[:4]
    )
    assert own.found(text.getvalue()) == []


def test_the_session_listens_at_level_debug(canary: Canary, logs: ExpectedLogs) -> None:
    before = canary.lines
    logging.getLogger("somewhere.deep").debug("heard")
    assert canary.lines == before + 1
