"""How many calls of the database the present task has made, and what they took: one figure for a request's log line."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Tally:
    calls: int = 0
    ms: float = 0.0

    def add(self, ms: float) -> None:
        self.calls += 1
        self.ms += ms


_present: ContextVar[Tally | None] = ContextVar("tally", default=None)


def begin() -> Tally:
    """Count from now on, in this task and those that it starts."""
    tally = Tally()
    _present.set(tally)
    return tally


def add(ms: float) -> None:
    """Count a call that took `ms`, where anybody counts."""
    if (tally := _present.get()) is not None:
        tally.add(ms)
