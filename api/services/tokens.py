"""Access tokens: short-lived JWTs (HS256) that say who and in which session, and nothing that can change meanwhile.

Roles are not in them: they are looked up on each request, so that losing one counts at once.
"""

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey
from msgspec import Struct

from api.problems import Problem
from api.services.keys import Keys
from conf.clock import Clock

ALGORITHM = "HS256"
TYPE = "at+jwt"
AUDIENCE = "matinee"
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 2048


class Claims(Struct, frozen=True):
    """What a valid access token says."""

    user_id: str
    session: str
    expires_ms: float


class AccessTokens:
    """Makes and checks access tokens."""

    def __init__(self, *, keys: Keys, clock: Clock, seconds: int) -> None:
        self._signing = OctKey.import_key(keys.newest("access token"))
        self._known = [OctKey.import_key(key) for key in keys.all("access token")]
        self._clock = clock
        self.seconds = seconds

    def make(self, user_id: str, session: str) -> str:
        now = int(self._clock.now_ms() / 1000)
        claims = {
            "aud": AUDIENCE,
            "sub": user_id,
            "sid": session,
            "iat": now,
            "nbf": now,
            "exp": now + self.seconds,
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._signing)

    def check(self, token: str) -> Claims:
        """Read a token. Raises `Problem`: `token_expired` where it was good once, else `unauthenticated`."""
        if len(token) > LONGEST_TOKEN:
            raise _bad()
        for key in self._known:
            try:
                found = jwt.decode(token, key, algorithms=[ALGORITHM])
                self._registry().validate(found.claims)
            except ExpiredTokenError as error:
                raise Problem("token_expired", headers=CHALLENGE_EXPIRED) from error
            except (JoseError, ValueError):
                continue
            if found.header.get("typ") == TYPE:
                return Claims(found.claims["sub"], found.claims["sid"], found.claims["exp"] * 1000.0)
        raise _bad()

    def _registry(self) -> jwt.JWTClaimsRegistry:
        # jwt.decode leaves exp unchecked: without this an old token would live for ever.
        return jwt.JWTClaimsRegistry(
            now=int(self._clock.now_ms() / 1000),
            leeway=LEEWAY_SECONDS,
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
        )


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="matinee"'}
CHALLENGE_EXPIRED = {"WWW-Authenticate": 'Bearer realm="matinee", error="invalid_token", error_description="expired"'}


def _bad() -> Problem:
    return Problem("unauthenticated", headers=CHALLENGE)
