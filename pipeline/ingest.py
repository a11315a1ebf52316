"""Ingest: documents of MongoDB → raw files of the lake, one file a slot.

Theory. A slot is due when MongoDB holds more documents of it than its manifest says. That one rule finds new slots,
those that were missed while nothing ran, those whose run died, and those that a late or slow commit has changed since.
A raw file is a pure function of the slot's documents, so doing a slot again, or twice at once, ends the same.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schema
from pipeline.lake import Lake, is_packed
from pipeline.packing import Packing
from pipeline.place import Place
from pipeline.retrying import retrying
from pipeline.slots import SLOT_MS, start_ms
from pipeline.source import Counted
from pipeline.taking import NOTHING, Take, Taken, take
from store.documents import JobRun
from store.job_runs import JobRuns, run_id
from store.manifest import INGEST
from store.pseudonyms import Pseudonyms

OWED = ("partials",)
"""The jobs that take in each slot afterwards."""
READ_DOCUMENTS = 250_000
READ_SLOTS = 60
"""Bounds of what is read at once: enough that a quiet minute costs no round trip of its own, and well within a lease."""


class Due(msgspec.Struct, frozen=True):
    """A slot to ingest, and the fence of the finished run that was found lacking (None where there is none)."""

    slot: str
    seen_fence: int | None = None
    packed: bool = False
    """Its rows are in the file of a whole hour, which must come apart before."""


class Ingested(msgspec.Struct, frozen=True):
    """What became of one slot: `fence` None means that somebody else holds it, or has done it meanwhile."""

    slot: str
    fence: int | None = None
    rows: int = 0
    newest_ms: int = 0
    unreadable: int = 0
    erased: int = 0
    quality: dict[str, int] = {}
    error: str | None = None


def due_slots(counts: dict[str, Counted], runs: dict[str, JobRun], *, again: bool = False) -> list[Due]:
    """Compare what MongoDB has with what the manifest holds. `again` adds the slots in which nothing is missing."""
    due = []
    for slot, counted in counts.items():
        run = runs.get(slot)
        packed = run is not None and is_packed(run.outcome.get("file") or "")
        if run is None or run.state != "done":
            due.append(Due(slot, packed=packed))
        elif counted.exceeds(held(run)) or ((again or _is_older(run)) and not held(run).exceeds(counted)):
            due.append(Due(slot, run.fence, packed))
    return due


def _is_older(run: JobRun) -> bool:
    """Whether the run wrote its file by an older schema: where MongoDB still has all of it, it is written again."""
    return int(run.outcome.get("schema_version", schema.VERSION)) < schema.VERSION


def held(run: JobRun) -> Counted:
    """Tell what the run brought into the lake."""
    return Counted(run.outcome.get("commits", 0), run.outcome.get("events", 0))


def together(due: Sequence[Due], counts: Mapping[str, Counted]) -> list[list[Due]]:
    """Put slots together that are read at once: neighbours, with nothing between them that is not due, and not too many."""
    wanted = {one.slot: one for one in due}
    groups: list[list[Due]] = []
    documents = READ_DOCUMENTS
    for slot, counted in sorted(counts.items()):
        one = wanted.get(slot)
        if one is None:
            documents = READ_DOCUMENTS
            continue
        documents += sum(counted)
        if documents > READ_DOCUMENTS or len(groups[-1]) == READ_SLOTS:
            groups.append([])
            documents = sum(counted)
        groups[-1].append(one)
    return groups


def ingest_slots(group: Sequence[Due], place: Place, owner: str, lease_seconds: float) -> list[Ingested]:
    """Ingest neighbouring slots on one connection; what fails after its retries is marked so and told."""
    with place.connected() as database:
        lake = place.open_lake()
        ingest = Ingest(
            runs=JobRuns(database),
            take=partial(take, database, Pseudonyms(place.lake_key)),
            lake=lake,
            owner=owner,
            lease_seconds=lease_seconds,
        )
        packing = Packing(database=database, lake=lake, owner=owner, lease_seconds=lease_seconds)
        undone = packing.unpacked({one.slot[:13] for one in group if one.packed})
        left = {one.slot: undone[one.slot[:13]] for one in group if one.packed and one.slot[:13] in undone}
        told = [Ingested(slot, 0, error=words) if words else Ingested(slot) for slot, words in left.items()]
        return [*told, *ingest.run([one for one in group if one.slot not in left])]


class Ingest:
    """Brings slots to the lake, each under a claim."""

    def __init__(self, *, runs: JobRuns, take: Take, lake: Lake, owner: str, lease_seconds: float) -> None:
        self._runs = runs
        self._take = take
        self._lake = lake
        self._owner = owner
        self._lease_seconds = lease_seconds

    def run(self, group: Sequence[Due]) -> list[Ingested]:
        """Ingest neighbouring slots: claim them, read those that are ours in as few spans as there are, write each."""
        done: list[Ingested] = []
        ours: list[tuple[str, int]] = []
        for due in group:
            fence = self._claimed(due)
            if fence is None:
                done += [*self._span(ours), Ingested(due.slot)]
                ours = []
            else:
                ours.append((due.slot, fence))
        return [*done, *self._span(ours)]

    def _claimed(self, due: Due) -> int | None:
        again = due.seen_fence is not None
        return self._runs.claim(
            INGEST, due.slot, self._owner, self._lease_seconds, redo=again, seen_fence=due.seen_fence
        )

    def _span(self, ours: Sequence[tuple[str, int]]) -> list[Ingested]:
        """Read claimed slots together, and bring each to the lake."""
        if not ours:
            return []
        first_ms, end_ms = start_ms(ours[0][0]), start_ms(ours[-1][0]) + SLOT_MS
        try:
            taken: Mapping[str, Taken] = retrying()(self._take, first_ms, end_ms)
        except Exception as error:  # noqa: BLE001 - whatever it was, the slots must be free again, and the others go on
            return [self._failed(slot, fence, error) for slot, fence in ours]
        return [self._one(slot, fence, taken.get(slot, NOTHING)) for slot, fence in ours]

    def _one(self, slot: str, fence: int, taken: Taken) -> Ingested:
        try:
            outcome: dict[str, Any] = retrying()(self._bring, slot, taken)
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(slot, fence, error)
        if not self._runs.finish(run_id(INGEST, slot), fence, outcome):
            return Ingested(slot)  # overtaken: the slot is its new holder's, whose file counts
        self._lake.keep_only(slot, outcome["file"])
        self._lake.keep_only_quarantined(slot, outcome["quarantine"])
        return Ingested(
            slot,
            fence,
            rows=outcome["rows"],
            newest_ms=outcome["newest_ms"],
            unreadable=outcome["unreadable"],
            erased=outcome["erased"],
            quality=outcome["quality"],
        )

    def _failed(self, slot: str, fence: int, error: Exception) -> Ingested:
        words = f"{type(error).__name__}: {error}"
        self._runs.fail(run_id(INGEST, slot), fence, words)
        return Ingested(slot, fence, error=words)

    def _bring(self, slot: str, taken: Taken) -> dict[str, Any]:
        written = self._lake.write_raw(slot, taken.events) if len(taken.events) else None
        aside = self._lake.write_quarantine(slot, taken.aside) if len(taken.aside) else None
        received = pc.max(taken.events.column("received_at").cast(pa.int64())).as_py()
        return {
            "file": written.name if written else None,
            "rows": len(taken.events),
            "bytes": written.size if written else 0,
            "commits": taken.counted.commits,
            "events": taken.counted.events,
            "unreadable": taken.unreadable,
            "erased": taken.erased,
            "quality": taken.quality,
            "quarantine": aside.name if aside else None,
            "quarantined": len(taken.aside),
            "parties": sorted(pc.unique(taken.events.column("party_id")).drop_null().to_pylist()),
            "newest_ms": received or 0,
            "schema_version": schema.VERSION,
            "owed": list(OWED),
        }
