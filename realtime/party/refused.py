from typing import Literal

Code = Literal[
    "invalid",
    "forbidden",
    "not_found",
    "conflict",
    "rate_limited",
    "muted",
    "slow_mode",
    "too_large",
    "not_ready",
    "ended",
    "unavailable",
]


class Refused(Exception):  # noqa: N818 - an outcome of the domain, not a fault
    """A command that changed nothing. `code` is part of the protocol; `message` is for people and may change."""

    def __init__(self, code: Code, message: str, *, path: str | None = None, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.path = path
        self.retry_after_ms = retry_after_ms
