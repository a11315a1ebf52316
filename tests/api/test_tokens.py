"""Access tokens: what is accepted is what we made, not long ago, for this purpose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from api.problems import Problem
from api.services.keys import Keys
from api.services.tokens import AccessTokens
from tests.fakes.clock import ManualClock

OLD, NEW = "o" * 32, "n" * 32


def tokens(*secrets: str, clock: ManualClock | None = None) -> AccessTokens:
    return AccessTokens(keys=Keys(secret_keys=secrets), clock=clock or ManualClock(), seconds=900)


def code(checker: AccessTokens, token: str) -> str:
    with pytest.raises(Problem) as refused:
        checker.check(token)
    return refused.value.code


def forged(**changes: object) -> str:
    """Sign with the right key what is otherwise not right."""
    now = int(ManualClock().now_ms() / 1000)
    header = {"alg": "HS256", "typ": "at+jwt"} | dict(changes.pop("header", {}) or {})  # type: ignore[call-overload]
    claims = {"aud": "matinee", "sub": "u", "sid": "s", "iat": now, "nbf": now, "exp": now + 900} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    key = OctKey.import_key(Keys(secret_keys=[NEW]).newest("access token"))
    return jwt.encode(header, kept, key, algorithms=["HS256", "HS384"])


def test_a_token_says_who_and_in_which_session() -> None:
    clock = ManualClock()
    claims = tokens(NEW, clock=clock).check(tokens(NEW, clock=clock).make("u1", "s1"))
    assert (claims.user_id, claims.session) == ("u1", "s1")
    assert claims.expires_ms == clock.now_ms() + 900_000


def test_all_keys_verify_and_the_newest_signs() -> None:
    by_old = tokens(OLD).make("u", "s")
    assert tokens(NEW, OLD).check(by_old).user_id == "u"
    assert code(tokens(NEW), by_old) == "unauthenticated"
    assert code(tokens(OLD), tokens(NEW, OLD).make("u", "s")) == "unauthenticated"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exp": int(ManualClock().now_ms() / 1000) - 31}, "token_expired"),
        ({"exp": None}, "unauthenticated"),
        ({"nbf": int(ManualClock().now_ms() / 1000) + 60}, "unauthenticated"),
        ({"aud": "somebody else"}, "unauthenticated"),
        ({"aud": None}, "unauthenticated"),
        ({"sub": None}, "unauthenticated"),
        ({"sid": None}, "unauthenticated"),
        ({"header": {"typ": "JWT"}}, "unauthenticated"),
        ({"header": {"alg": "HS384"}}, "unauthenticated"),
    ],
)
def test_a_signature_alone_is_not_enough(changes: dict[str, object], expected: str) -> None:
    assert tokens(NEW).check(forged()).user_id == "u"
    assert code(tokens(NEW), forged(**changes)) == expected


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=300)
def test_anything_else_is_refused_quietly(text: str) -> None:
    assert code(tokens(NEW), text) == "unauthenticated"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=300)
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    token = tokens(NEW).make("u", "s")
    raw = bytearray(token.encode())
    raw[place % (len(raw) - 1)] ^= change
    changed = raw.decode("latin-1")
    assert code(tokens(NEW), changed) in {"unauthenticated", "token_expired"}
