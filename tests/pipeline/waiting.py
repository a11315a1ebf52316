"""Waiting for what another process does."""

import threading
from collections.abc import Callable


def until(happened: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Look again until it has happened. Fails where it does not."""
    for _ in range(int(seconds / 0.05)):
        if happened():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen")
