"""What a job is, and what it is given when it runs."""

from collections.abc import Callable
from typing import Any

import msgspec
from pymongo.database import Database

from pipeline.compute import Tasks
from pipeline.finals import Moment
from pipeline.place import Place


class Step(msgspec.Struct, frozen=True):
    """How far a job has come, for a progress bar."""

    job: str
    what: str
    done: int
    total: int


class Span(msgspec.Struct, frozen=True):
    """The slots to look at: received in [from_ms, to_ms)."""

    from_ms: int
    to_ms: int
    again: bool = False
    """Do also what seems done (a backfill that somebody asked for)."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run of a job needs."""

    database: Database[dict[str, Any]]
    place: Place
    tasks: Tasks
    span: Span
    moment: Moment
    owner: str
    lease_seconds: float
    progress: Callable[[Step], None]


class Outcome(msgspec.Struct, kw_only=True):
    """What a run did."""

    slots: int = 0
    rows: int = 0
    held_by_others: list[str] = []
    failed: dict[str, str] = {}
    """What went wrong, by slot."""
    unreadable: int = 0
    newest_ms: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the schedule."""

    name: str
    every_seconds: int
    schedule: str
    """The same in words."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    meaning: str
    run: Callable[[Work], Outcome]
    owed: Callable[[Work], bool] | None = None
    """Whether there is anything to do; None where the job finds and claims its slots itself."""


def chunks(items: list[Any], size: int) -> list[list[Any]]:
    """Cut into lists of at most `size`, so that one task opens one connection for many small things."""
    return [items[start : start + size] for start in range(0, len(items), size)]
