"""`If-None-Match`: a reply that the client holds already is answered with 304 and no body (RFC 9110, 13.1.2)."""

import hashlib

from api.middleware.port import Exchange, Middleware, Outgoing

NOT_MODIFIED = 304
OK = 200


class Conditional(Middleware):
    """Resources that count their revisions name themselves; every other reply to a GET is named by its bytes."""

    name = "conditional"

    def leaving(self, exchange: Exchange, outgoing: Outgoing) -> None:
        if exchange.request.method not in {"GET", "HEAD"} or outgoing.status != OK or outgoing.body is None:
            return
        tag = outgoing.lines.setdefault("ETag", tag_of(outgoing.body))
        if matches(exchange.header("If-None-Match"), tag):
            outgoing.status, outgoing.body = NOT_MODIFIED, None


def tag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(stated: str, tag: str) -> bool:
    """Tell whether a list of tags names this one, by the weak comparison that RFC 9110 wants here."""
    if not stated:
        return False
    return stated.strip() == "*" or tag.removeprefix("W/") in (
        each.strip().removeprefix("W/") for each in stated.split(",")
    )
