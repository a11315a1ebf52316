"""Ingest: documents of MongoDB → raw files of the lake, one file a slot.

Theory. A slot is due when MongoDB holds more documents of it than its manifest says. That one rule finds new slots,
those that were missed while nothing ran, those whose run died, and those that a late or slow commit has changed since.
A raw file is a pure function of the slot's documents, so doing a slot again, or twice at once, ends the same.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from pipeline import schema
from pipeline.aggregations.facts import FAMILY
from pipeline.lake import Lake, LakeError
from pipeline.place import Place
from pipeline.source import Counted, Source
from store.documents import JobRun
from store.job_runs import JobRuns, run_id
from store.manifest import INGEST
from store.retry import is_connection_fault

OWED = ("party_report", "host_day")
"""The jobs that take in each slot afterwards."""
ATTEMPTS = 4
LONGEST_WAIT_SECONDS = 5.0


class Due(msgspec.Struct, frozen=True):
    """A slot to ingest, and the fence of the finished run that was found lacking (None where there is none)."""

    slot: str
    seen_fence: int | None = None


class Ingested(msgspec.Struct, frozen=True):
    """What became of one slot: `fence` None means that somebody else holds it, or has done it meanwhile."""

    slot: str
    fence: int | None = None
    rows: int = 0
    newest_ms: int = 0
    unreadable: int = 0
    error: str | None = None


def due_slots(counts: dict[str, Counted], runs: dict[str, JobRun], *, again: bool = False) -> list[Due]:
    """Compare what MongoDB has with what the manifest holds. `again` adds the slots in which nothing is missing."""
    due = []
    for slot, counted in counts.items():
        run = runs.get(slot)
        if run is None or run.state != "done":
            due.append(Due(slot))
        elif counted.exceeds(held(run)) or (again and not held(run).exceeds(counted)):
            due.append(Due(slot, run.fence))
    return due


def held(run: JobRun) -> Counted:
    """Tell what the run brought into the lake."""
    return Counted(run.outcome.get("commits", 0), run.outcome.get("events", 0))


def ingest_slots(due: Sequence[Due], place: Place, owner: str, lease_seconds: float) -> list[Ingested]:
    """Ingest slots one after the other on one connection; what fails after its retries is marked so and told."""
    with place.connected() as database:
        ingest = Ingest(
            runs=JobRuns(database),
            source=Source(database=database),
            lake=place.open_lake(),
            owner=owner,
            lease_seconds=lease_seconds,
        )
        return [ingest.run(one) for one in due]


class Ingest:
    """Brings slots to the lake, each under a claim."""

    def __init__(self, *, runs: JobRuns, source: Source, lake: Lake, owner: str, lease_seconds: float) -> None:
        self._runs = runs
        self._source = source
        self._lake = lake
        self._owner = owner
        self._lease_seconds = lease_seconds

    def run(self, due: Due) -> Ingested:
        """Ingest one slot."""
        again = due.seen_fence is not None
        fence = self._runs.claim(
            INGEST, due.slot, self._owner, self._lease_seconds, redo=again, seen_fence=due.seen_fence
        )
        if fence is None:
            return Ingested(due.slot)
        try:
            outcome: dict[str, Any] = _retrying()(self._bring, due.slot)
        except Exception as error:  # noqa: BLE001 - whatever it was, the slot must be free again, and the others go on
            words = f"{type(error).__name__}: {error}"
            self._runs.fail(run_id(INGEST, due.slot), fence, words)
            return Ingested(due.slot, fence, error=words)
        if not self._runs.finish(run_id(INGEST, due.slot), fence, outcome):
            return Ingested(due.slot)  # overtaken: the slot is its new holder's, whose file counts
        self._lake.keep_only(due.slot, outcome["file"], [FAMILY])
        return Ingested(due.slot, fence, outcome["rows"], outcome["newest_ms"], outcome["unreadable"])

    def _bring(self, slot: str) -> dict[str, Any]:
        taken = self._source.take(slot)
        written = self._lake.write_raw(slot, schema.table(taken.rows)) if taken.rows else None
        return {
            "file": written.name if written else None,
            "rows": len(taken.rows),
            "bytes": written.size if written else 0,
            "commits": taken.counted.commits,
            "events": taken.counted.events,
            "unreadable": taken.unreadable,
            "parties": sorted({row["party_id"] for row in taken.rows if row["party_id"]}),
            "newest_ms": max((row["received_at"] for row in taken.rows), default=0),
            "schema_version": schema.VERSION,
            "owed": list(OWED),
        }


def _retrying() -> Retrying:
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, LakeError) or is_connection_fault(error)),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
        reraise=True,
    )
