"""Who sends a push: a token signed with our key, which the browser was told when it subscribed (RFC 8292)."""

from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from api.services.notifications.push.encryption import decoded, encoded, point
from conf.clock import Clock

LIFE_SECONDS = 12 * 3600
"""RFC 8292 allows 24 h; a push service whose clock is ahead shall not find it too long."""
RENEW_SECONDS = 3600
KEY_BYTES = 32


class BadVapidKey(ValueError):  # noqa: N818 - named for what it is
    """The private key is not 32 bytes of base64url that P-256 knows as a number."""


class Vapid:
    """Signs. `private_key` is the 32 bytes of a P-256 key in base64url; `subject` is where a push service complains."""

    def __init__(self, *, private_key: str, subject: str, clock: Clock) -> None:
        try:
            raw = decoded(private_key)
            if len(raw) != KEY_BYTES:
                raise BadVapidKey("MATINEE_VAPID_PRIVATE_KEY is not 32 bytes of base64url")
            key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
        except ValueError as error:
            raise BadVapidKey("MATINEE_VAPID_PRIVATE_KEY is no key of P-256 in base64url") from error
        self._key = ECKey.import_key(key)
        self._subject = subject
        self._clock = clock
        self._tokens: dict[str, tuple[str, float]] = {}
        self.public_key = encoded(point(key.public_key()))
        """What browsers are given as `applicationServerKey`."""

    def authorization(self, endpoint: str) -> str:
        """Write the Authorization header for an endpoint; one token serves a push service for hours."""
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        now = self._clock.now_ms() / 1000
        token, until = self._tokens.get(origin, ("", 0.0))
        if now > until - RENEW_SECONDS:
            until = now + LIFE_SECONDS
            claims = {"aud": origin, "exp": int(until), "sub": self._subject}
            token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self._key)
            self._tokens = {name: kept for name, kept in self._tokens.items() if kept[1] > now}
            self._tokens[origin] = (token, until)
        return f"vapid t={token}, k={self.public_key}"
