"""One name for a request: in its reply, in its problem document, and on each log line that it causes."""

import re
from collections.abc import Iterable

from api.middleware.port import Exchange, Line, Middleware
from conf.clock import Clock
from store.ids import new_id

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId(Middleware):
    name = "request_id"

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def begin(self, exchange: Exchange) -> None:
        given = exchange.header("X-Request-Id")
        exchange.request_id = given if _GIVEN.fullmatch(given) else new_id(self._clock.now_ms())

    def lines(self, exchange: Exchange) -> Iterable[Line]:
        return (("X-Request-Id", exchange.request_id),)
