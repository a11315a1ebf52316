"""Which pages of other origins may read our replies: those of an exact list, and no reflected origin ever."""

from collections.abc import Collection, Iterable

from api.middleware.port import Exchange, Line, Middleware

EXPOSED = (
    "ETag, Idempotency-Replayed, Location, Range, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    "X-Request-Id"
)
ALLOWED = (
    "Authorization, Content-Range, Content-Type, Idempotency-Key, If-Match, If-None-Match, Range, X-Matinee-Client, "
    "X-Matinee-Session, X-Request-Id"
)
PREFLIGHT_SECONDS = 600
VARIES: Line = ("Vary", "Origin")
"""On every reply once there is a list: a cache must not give one origin's reply to another."""


class Cors(Middleware):
    name = "cors"

    def __init__(self, *, trusted: Collection[str]) -> None:
        self._trusted = frozenset(trusted)

    def lines(self, exchange: Exchange) -> Iterable[Line]:
        if not self._trusted:
            return ()
        origin = exchange.request.headers.get("Origin")
        if origin not in self._trusted:
            return (VARIES,)
        found = [
            VARIES,
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", EXPOSED),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
        if exchange.request.method == "OPTIONS":
            found += [
                ("Access-Control-Allow-Methods", ", ".join(exchange.methods)),
                ("Access-Control-Allow-Headers", ALLOWED),
                ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
            ]
        return found
