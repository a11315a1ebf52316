"""What every reply of the API tells browsers (OWASP ASVS 5.0, 3.4)."""

from collections.abc import Iterable

from api.middleware.port import Exchange, Line, Middleware

HEADERS: tuple[Line, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    # A reply that a browser is talked into rendering may load, run and frame nothing.
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
TRANSPORT_SECURITY: Line = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
"""Two years. Sent only where our own address is https: over plain http browsers must ignore it."""


class SecurityHeaders(Middleware):
    name = "security_headers"

    def __init__(self, *, https: bool) -> None:
        self._lines = (*HEADERS, *((TRANSPORT_SECURITY,) if https else ()))

    def lines(self, exchange: Exchange) -> Iterable[Line]:  # noqa: ARG002 - the port
        return self._lines
