"""One line a request, for every handler of the application: who asked what, and what it cost.

It names the route's template and the path, never the query: that may hold codes and signatures.
"""

from typing import Any

from tornado.web import RequestHandler

from api.paths import shown
from conf import logs

QUIET = frozenset({"/healthz", "/readyz", "/api/v1/healthz", "/api/v1/readyz"})
"""Balancers ask every second; their lines would drown the others."""

name = "access_log"


def write(handler: RequestHandler, took_ms: float) -> None:
    """Write the line of a request that is answered."""
    log = logs.get("api.access")
    (log.debug if handler.request.path in QUIET else log.info)("request", **line(handler, took_ms))


def line(handler: RequestHandler, took_ms: float) -> dict[str, Any]:
    tally = getattr(handler, "tally", None)
    return {
        "method": handler.request.method,
        "path": shown(handler.request.path),
        "route": getattr(handler, "route_path", ""),
        "status": handler.get_status(),
        "ms": round(took_ms, 2),
        "bytes": getattr(handler, "bytes_out", None),
        "db_calls": tally.calls if tally else None,
        "db_ms": round(tally.ms, 2) if tally else None,
        "ip": handler.request.remote_ip,
        "request_id": getattr(handler, "request_id", ""),
        "user_id": getattr(handler, "user_id", None),
    }
