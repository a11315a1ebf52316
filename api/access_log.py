"""One line and three figures a request, for every handler of the application."""

from typing import Any

from tornado.web import RequestHandler

from api.paths import shown
from conf import logs
from conf.metrics import Metrics

FAULT = 500
QUIET = frozenset({"/healthz", "/readyz", "/api/v1/healthz", "/api/v1/readyz"})
"""Balancers ask every second; their lines would drown the others."""


class AccessLog:
    """Tornado's `log_function`. It writes the path and never the query, which may hold codes and signatures."""

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, handler: RequestHandler) -> None:
        status, took_ms = handler.get_status(), 1000.0 * handler.request.request_time()
        self._metrics.count("http.requests")
        self._metrics.timing("http.response_time_ms", took_ms)
        if status >= FAULT:
            self._metrics.count("http.errors")
        line: dict[str, Any] = {
            "method": handler.request.method,
            "path": shown(handler.request.path),
            "route": getattr(handler, "route_path", ""),
            "status": status,
            "ms": round(took_ms, 2),
            "ip": handler.request.remote_ip,
            "request_id": getattr(handler, "request_id", ""),
            "user_id": getattr(handler, "user_id", None),
        }
        write = logs.get("api.access").debug if handler.request.path in QUIET else logs.get("api.access").info
        write("request", **line)
