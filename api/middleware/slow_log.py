"""A further line, and a figure, for each request that took longer than it should."""

from tornado.web import RequestHandler

from api.middleware import access_log
from conf import logs
from conf.metrics import Metrics

name = "slow_log"


class SlowLog:
    def __init__(self, *, metrics: Metrics, slow_ms: float) -> None:
        self._metrics = metrics
        self._slow_ms = slow_ms

    def write(self, handler: RequestHandler, took_ms: float) -> None:
        """Write the line of a request that is answered, where it was slow.

        Files are left out: how long they take is for the other side's line to say.
        """
        if took_ms >= self._slow_ms and not getattr(handler, "moves_file", False):
            self._metrics.count("http.request.slow")
            logs.get("api.slow").info("slow request", **access_log.line(handler, took_ms))
