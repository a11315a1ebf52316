"""JSON log lines on standard error, each with the request, party and connection that it belongs to.

Ours come through structlog; those of libraries pass through the same renderer. A filter hides credentials in both.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

SECRET = re.compile(
    r"(?i)((?:code|state|token|ticket|access_token|refresh_token|password|secret|authorization)[\"']?\s*[=:]\s*[\"']?)"
    r"(?:bearer\s+)?[^\s\"'&,;}]+"
)
SECRET_KEYS = frozenset(
    {"token", "ticket", "password", "access_token", "refresh_token", "secret", "authorization", "cookie"}
)


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line of the process, as JSON, to `stream` (standard error without one)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Name a logger after the module that asks."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Put `fields` (request_id, party_id, connection_id, …) on every line logged inside."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def bind(**fields: str) -> None:
    """Put `fields` on every line that is logged from now on in this task, and in the tasks that it starts."""
    structlog.contextvars.bind_contextvars(**fields)


def hide_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank the values that look like credentials, by key and inside texts."""
    for key, value in line.items():
        if key in SECRET_KEYS:
            line[key] = "…"
        elif isinstance(value, str) and key not in {"timestamp", "level", "logger"}:
            line[key] = SECRET.sub(r"\1…", value)
    return line
