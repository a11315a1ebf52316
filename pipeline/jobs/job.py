"""What a job is, and what it is given when it runs."""

from collections.abc import Callable
from typing import Any

import msgspec
from pymongo.database import Database

from pipeline.compute import Tasks
from pipeline.place import Place
from pipeline.schedule import Schedule
from pipeline.slots import Moment

EACH_MINUTE = 60
RETENTION_DAYS = 90


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
    retention_days: int = RETENTION_DAYS
    """How long the documents of events are kept, at least."""
    follow: Callable[[], dict[str, str]] = dict
    """Compute now all figures that follow from the raw lake, for a job that has changed it; tells what went wrong."""
    only: frozenset[str] = frozenset()
    """Of what there is to do, only this (whom `erase` was asked for); all of it where empty."""


class Outcome(msgspec.Struct, kw_only=True):
    """What a run did."""

    slots: int = 0
    rows: int = 0
    held_by_others: list[str] = []
    failed: dict[str, str] = {}
    """What went wrong, by slot."""
    unreadable: int = 0
    newest_ms: int = 0
    gauges: dict[str, float] = {}
    """Metrics to set."""
    told: dict[str, Any] = {}
    """Further findings, kept in `job_runs` for whoever looks."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the schedule."""

    name: str
    when: Schedule | None = None
    """When the clock makes it due, each slot once; None for what runs with each minute, in the order of the table."""
    schedule: str = ""
    """The same in words, for what runs with each minute; the words of `when` elsewhere."""
    every_seconds: int = EACH_MINUTE
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    meaning: str
    run: Callable[[Work], Outcome]
    owed: Callable[[Work], bool] | None = None
    """Whether there is anything to do; None where the job finds and claims its slots itself, or goes by the clock."""
    upkeep: bool = False
    """It computes no figure: `pipeline run` leaves it to the clock, unless it is named."""

    @property
    def seconds(self) -> int:
        """From one run to the next."""
        return self.when.every if self.when else self.every_seconds

    @property
    def words(self) -> str:
        """When it runs, for people."""
        return ", ".join(filter(None, (self.when.words() if self.when else "", self.schedule)))


def chunks(items: list[Any], size: int) -> list[list[Any]]:
    """Cut into lists of at most `size`, so that one task opens one connection for many small things."""
    return [items[start : start + size] for start in range(0, len(items), size)]
