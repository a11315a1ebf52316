"""What can go wrong for a client of a party."""


class CommandRefused(Exception):  # noqa: N818 - named for what the server did
    """The server answered a command with `error`: nothing changed. `code` is one of `realtime.errors.ERRORS`."""

    def __init__(
        self, code: str, message: str, *, path: str | None = None, retry_after_ms: float | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.path = path
        self.retry_after_ms = retry_after_ms


class CommandUnanswered(TimeoutError):  # noqa: N818 - named for what did not come
    """No answer came in time, so nobody here knows whether the command had its effect."""

    def __init__(self, command_id: str) -> None:
        super().__init__(f"command {command_id} was not answered in time")
        self.command_id = command_id


class ConnectionEnded(Exception):  # noqa: N818 - named for what happened
    """The seat is gone for good. `code` is the close code (or the HTTP status of a refused upgrade)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
