"""How long a body may be and how long it may take: each route has its own limit, known before a byte of it is read."""

from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest

from api.middleware.port import Exchange, Middleware
from api.problems import Problem
from api.route import Route

DRAIN_BYTES = 2 * 1024 * 1024
"""How much of a refused body is read and dropped, so that the client surely gets the answer."""
BODY_SECONDS = 30.0
"""Time for a JSON body to arrive; a client that sends a byte a second holds no connection for longer."""
UPLOAD_SECONDS = 6 * 3600.0
"""Time for one request of an upload: 4 GiB at 1.6 Mbit/s."""


class BodyLimits(Middleware):
    name = "body_limits"

    def __init__(self, *, upload_max_bytes: int) -> None:
        self._upload_max_bytes = upload_max_bytes

    def begin(self, exchange: Exchange) -> None:
        bound(exchange.request, DRAIN_BYTES, BODY_SECONDS)

    async def arrived(self, exchange: Exchange) -> None:
        route = exchange.route
        if route is None:
            return
        limit = self.limit(route)
        bound(exchange.request, limit + DRAIN_BYTES, UPLOAD_SECONDS if route.sink else BODY_SECONDS)
        exchange.body_limit = None if route.sink else limit
        if body_bytes(exchange.request) > limit:
            raise too_large(limit)

    def limit(self, route: Route) -> int:
        return self._upload_max_bytes if route.sink else route.body_limit


class NoBodyLimits(Middleware):
    """What stands in its place where it is off: Tornado's own bound would refuse uploads."""

    name = "body_limits"

    def __init__(self, *, upload_max_bytes: int) -> None:
        self._upload_max_bytes = upload_max_bytes

    def begin(self, exchange: Exchange) -> None:
        bound(exchange.request, self._upload_max_bytes, UPLOAD_SECONDS)


def bound(request: HTTPServerRequest, most_bytes: int, seconds: float) -> None:
    """Have Tornado cut the connection beyond these bounds, whatever the server's own are."""
    connection = request.connection
    if isinstance(connection, HTTP1Connection):
        connection.set_max_body_size(most_bytes)
        connection.set_body_timeout(seconds)


def body_bytes(request: HTTPServerRequest) -> int:
    """Read how long the body is said to be; 0 where that is not said."""
    stated = request.headers.get("Content-Length", "0")
    return int(stated) if stated.isascii() and stated.isdigit() else 0


def has_body(request: HTTPServerRequest) -> bool:
    return body_bytes(request) > 0 or "Transfer-Encoding" in request.headers


def too_large(limit: int) -> Problem:
    return Problem("too_large", f"At most {limit} bytes are taken here.")
