"""What is written down when a request is answered: figures always, log lines where they are switched on.

Tornado calls it for every handler of the application, pages and sockets too, so it stands outside of the API's chain.
"""

from collections.abc import Callable, Sequence

from tornado.web import RequestHandler

from conf.metrics import Metrics

FAULT = 500
TOO_MANY = 429

Write = Callable[[RequestHandler, float], None]


class Finished:
    """Tornado's `log_function`."""

    def __init__(self, *, metrics: Metrics, writers: Sequence[Write]) -> None:
        self._metrics = metrics
        self._writers = tuple(writers)

    def __call__(self, handler: RequestHandler) -> None:
        status, took_ms = handler.get_status(), 1000.0 * handler.request.request_time()
        self._metrics.count("http.requests")
        self._metrics.timing("http.response_time_ms", took_ms)
        if status >= FAULT:
            self._metrics.count("http.errors")
        elif status == TOO_MANY:
            self._metrics.count("http.rate_limited")
        for write in self._writers:
            write(handler, took_ms)
