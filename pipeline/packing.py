"""Packing: the minute files of an hour that is over become one file, and come apart again where a minute must change.

Theory. The manifest says of each slot in which file its rows are; of a packed hour all say the same, and a slot's rows
are those that were received in it. Which file counts changes for all slots of an hour in one transaction, so that whoever
reads the manifest finds every row once, before and after. What a file was replaced by is written before that and
what it was is removed after that; a reader in between misses a file, and reads the manifest again.

A slot of a packed hour that is ingested again is taken out first: `unpack` gives all slots of the hour files of their own
(a late minute is rare, and a backfill needs all of them), and the next night packs them anew. All three hold the claim
`pack:<hour>`, so that they never meet.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pymongo.database import Database

from pipeline import schema
from pipeline.lake import Lake, LakeError, Written, is_packed
from pipeline.lease import Claim
from pipeline.slots import SLOT_MS, index_of
from store.documents import JobRun
from store.job_runs import JobRuns, run_id
from store.manifest import Change, Manifest

PACK = "pack"
MOST_ROWS = 5_000_000
"""An hour with more becomes several files, so that each can be sorted in about two gigabytes."""


class HourHeldError(Exception):
    """Somebody else is packing or unpacking the hour."""


class Packed(msgspec.Struct, frozen=True):
    """What became of an hour."""

    hour: str
    files_before: int = 0
    files_after: int = 0
    rows: int = 0
    held: bool = False
    error: str | None = None


class Rewritten(NamedTuple):
    """What a change of rows did to an hour: how many rows left, and how many files went."""

    rows: int = 0
    files: int = 0


class _Held(NamedTuple):
    claim: Claim
    id: str
    fence: int


class Packing:
    """Packs, unpacks and rewrites hours of the lake."""

    def __init__(self, *, database: Database[dict[str, Any]], lake: Lake, owner: str, lease_seconds: float) -> None:
        self._runs = JobRuns(database)
        self._manifest = Manifest(database)
        self._lake = lake
        self._owner = owner
        self._lease_seconds = lease_seconds

    def pack(self, hour: str) -> Packed:
        """Bring the slots of an hour that nobody has still to take in into one file. Raises `HourHeldError`, `LakeError`."""
        with self._held(hour) as held:
            runs = self._manifest.of_hour(hour)
            before = _files(runs)
            orphans = set(self._lake.packed_names(hour)) - before  # their writer died before they counted
            written: list[Written] = []
            changes: list[Change] = []
            for group in _groups([run for run in runs if _is_settled(run)]):
                if len(_files(group)) < 2:  # noqa: PLR2004 - one file is packed already
                    continue
                events = self._rows_of(group)
                written.append(self._whole(self._lake.write_hour(hour, events), events))
                changes += [Change(run, {"file": written[-1].name}) for run in group]
            if changes and not self._manifest.switch((held.id, held.fence), changes):
                return Packed(hour, held=True)
            after = _files(self._manifest.of_hour(hour))
            self._remove(held, (before | orphans) - after)
            return Packed(hour, len(before), len(after), sum(one.rows for one in written))

    def unpack(self, hour: str) -> bool:
        """Give each slot of an hour a file of its own; says whether there was anything to do. Raises as `pack` does."""
        with self._held(hour) as held:
            runs = [run for run in self._manifest.of_hour(hour) if is_packed(run.outcome.get("file") or "")]
            if not runs:
                return False
            changes = []
            for run in runs:
                events = self._rows_of([run])
                made = self._whole(self._lake.write_raw(run.slot, events), events)
                changes.append(Change(run, {"file": made.name}))
            if not self._manifest.switch((held.id, held.fence), changes):
                raise HourHeldError(f"the hour {hour} has changed meanwhile")
            self._remove(held, {run.outcome["file"] for run in runs})
            return True

    def unpacked(self, hours: Collection[str]) -> dict[str, str]:
        """Unpack some hours that are to be ingested again; tell of those that could not be why, empty where others hold them.

        A packed file that is gone holds nobody up: what was in it is just what is to be made anew.
        """
        undone: dict[str, str] = {}
        for hour in sorted(hours):
            try:
                self.unpack(hour)
            except HourHeldError:
                undone[hour] = ""
            except LakeError as error:
                if not isinstance(error.__cause__, FileNotFoundError):
                    undone[hour] = str(error)
        return undone

    def rewrite(self, hour: str, change: Callable[[pa.Table], pa.Table], owed: Sequence[str]) -> Rewritten:
        """Put `change` of their rows in the place of the files of an hour, and owe what has changed to the jobs `owed`.

        A row keeps its slot and may leave; what is set aside changes too. Raises as `pack` does, also where a slot whose
        rows change is being ingested.
        """
        with self._held(hour) as held:
            runs = self._manifest.of_hour(hour)
            changes: dict[str, Change] = {}
            for name in sorted(_files(runs)):
                slots = [run for run in runs if run.outcome["file"] == name]
                events = self._lake.read_raw(name)
                changed = change(events)
                if not changed.equals(events):
                    file = self._written(hour, slots, canonical(changed))
                    changes |= {run.slot: _change(run, events, changed, file, owed) for run in slots}
            for run in runs:
                with_aside = self._aside(changes.get(run.slot, Change(run, {})), change)
                if with_aside.outcome:
                    changes[run.slot] = with_aside
            if any(one.run.state == "claimed" for one in changes.values()):
                raise HourHeldError(f"a minute of {hour} is being ingested")
            if changes and not self._manifest.switch((held.id, held.fence), list(changes.values())):
                raise HourHeldError(f"the hour {hour} has changed meanwhile")
            gone = _files(runs, asides=True) - _files(self._manifest.of_hour(hour), asides=True)
            self._remove(held, gone)
            return Rewritten(
                sum(one.outcome["erased"] - _erased(one.run) for one in changes.values() if one.anew), len(gone)
            )

    def _aside(self, change: Change, made: Callable[[pa.Table], pa.Table]) -> Change:
        """Add what becomes of the events of a slot that were set aside."""
        name = change.run.outcome.get("quarantine")
        events = self._lake.read_quarantine(name) if name else None
        if events is None or (changed := made(events)).equals(events):
            return change
        outcome = {"erased": _erased(change.run), **change.outcome}
        outcome["erased"] += len(events) - len(changed)
        outcome["quarantined"] = len(changed)
        outcome["quarantine"] = self._lake.write_quarantine(change.run.slot, changed).name if len(changed) else None
        return change._replace(outcome=outcome, anew=True)

    def _written(self, hour: str, runs: Sequence[JobRun], events: pa.Table) -> str | None:
        """Write what takes the place of a file of `runs`; None where nothing is left of it."""
        if not len(events):
            return None
        packed = is_packed(runs[0].outcome["file"])
        written = self._lake.write_hour(hour, events) if packed else self._lake.write_raw(runs[0].slot, events)
        return self._whole(written, events).name

    def _rows_of(self, runs: Sequence[JobRun]) -> pa.Table:
        """Read the rows of some slots of an hour. Raises `LakeError` where they are not as many as the manifest says."""
        slots: dict[str, list[str]] = {}
        for run in runs:
            slots.setdefault(run.outcome["file"], []).append(run.slot)
        parts = []
        for name, of_file in sorted(slots.items()):
            events = self._lake.read_raw(name)
            parts.append(_of_slots(events, of_file) if is_packed(name) else events)
        found = canonical(pa.concat_tables(parts))
        expected = sum(run.outcome["rows"] for run in runs)
        if len(found) != expected:
            raise LakeError(f"slots {runs[0].slot} to {runs[-1].slot} have {len(found)} rows, not {expected} as noted")
        return found

    def _whole(self, written: Written, events: pa.Table) -> Written:
        """See that a file is there as it was meant. Raises `LakeError` where it is not."""
        if self._lake.count_rows(written.name) != len(events):
            raise LakeError(f"lake file {written.name} is not as it was written")
        return written

    def _remove(self, held: _Held, names: set[str]) -> None:
        """Remove what does not count any more, unless the claim was lost: then somebody may just be making it anew."""
        if names and self._runs.renew(held.id, held.fence, self._lease_seconds):
            self._lake.remove(sorted(names))

    @contextmanager
    def _held(self, hour: str) -> Iterator[_Held]:
        fence = self._runs.claim(PACK, hour, self._owner, self._lease_seconds, redo=True)
        if fence is None:
            raise HourHeldError(f"the hour {hour} is being packed by somebody else")
        claim = Claim(runs=self._runs, job=PACK, slot=hour, fence=fence)
        try:
            with claim.kept(self._lease_seconds):
                yield _Held(claim, run_id(PACK, hour), fence)
        except BaseException as error:
            claim.fail(error)
            raise
        claim.finish({})


def canonical(events: pa.Table) -> pa.Table:
    """Order rows as in the minute files, so that the same rows give the same bytes."""
    return schema.canonical(events.unify_dictionaries().sort_by([(name, "ascending") for name in schema.ORDER]))


def slot_numbers(events: pa.Table) -> pa.ChunkedArray:
    """Give the number of each row's slot."""
    return pc.divide(events.column("received_at").cast(pa.int64()), SLOT_MS)


def _of_slots(events: pa.Table, slots: Sequence[str]) -> pa.Table:
    numbers = pa.array([index_of(slot) for slot in slots], pa.int64())
    return events.filter(pc.is_in(slot_numbers(events), value_set=numbers))


def _of_slot(events: pa.Table, slot: str) -> pa.Table:
    return canonical(_of_slots(events, [slot]))


def _change(run: JobRun, before: pa.Table, after: pa.Table, file: str | None, owed: Sequence[str]) -> Change:
    """Say what becomes of a slot whose file is replaced; where its own rows are as they were, only the name changes."""
    old, new = _of_slot(before, run.slot), _of_slot(after, run.slot)
    outcome: dict[str, Any] = {"file": file, "rows": run.outcome["rows"] - len(old) + len(new)}
    if new.equals(old):
        return Change(run, outcome)
    outcome["erased"] = _erased(run) + len(old) - len(new)
    outcome["owed"] = list(owed)
    return Change(run, outcome, anew=True)


def _erased(run: JobRun) -> int:
    return int(run.outcome.get("erased", 0))


def _files(runs: Sequence[JobRun], *, asides: bool = False) -> set[str]:
    kinds = ("file", "quarantine") if asides else ("file",)
    return {run.outcome[kind] for run in runs for kind in kinds if run.outcome.get(kind)}


def _is_settled(run: JobRun) -> bool:
    return run.state == "done" and bool(run.outcome.get("file")) and not run.outcome.get("owed")


def _groups(runs: Sequence[JobRun]) -> list[list[JobRun]]:
    """Cut the slots of an hour into what becomes a file each."""
    groups: list[list[JobRun]] = []
    rows = 0
    for run in runs:
        if not groups or rows + run.outcome["rows"] > MOST_ROWS:
            groups.append([])
            rows = 0
        groups[-1].append(run)
        rows += run.outcome["rows"]
    return groups
