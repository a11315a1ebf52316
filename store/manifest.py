"""The manifest of the lake, kept in `job_runs`: which file of each slot counts, how many events it holds, whose.

The outcome of a run of `ingest` is `{file, rows, commits, events, parties, owed, …}`. `owed` names the jobs that have
not yet taken the slot in; a slot that is ingested again gets a new outcome, and so owes it to them again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from store.documents import JobRun
from store.encoding import from_document

INGEST = "ingest"
Row = dict[str, Any]


class Manifest:
    """Reads the outcomes of `ingest`, for the pipeline's processes."""

    def __init__(self, database: Database[Row]) -> None:
        self._runs = database["job_runs"]

    def between(self, first_slot: str, last_slot: str) -> dict[str, JobRun]:
        """Read the runs of `first_slot` up to and with `last_slot`, in any state."""
        rows = self._runs.find({"job": INGEST, "slot": {"$gte": first_slot, "$lte": last_slot}})
        return {row["slot"]: from_document(row, JobRun) for row in rows}

    def files_of(self, parties: Collection[str]) -> dict[str, list[str]]:
        """Name the files that hold each of `parties`, in order of their slots."""
        query = {"job": INGEST, "outcome.parties": {"$in": sorted(parties)}, "outcome.file": {"$type": "string"}}
        found: dict[str, list[str]] = defaultdict(list)
        for row in self._runs.find(query, {"outcome.file": 1, "outcome.parties": 1}).sort("slot"):
            for party in set(parties).intersection(row["outcome"]["parties"]):
                found[party].append(row["outcome"]["file"])
        return found

    def owed_to(self, job: str, *, after: str | None = None) -> list[JobRun]:
        """List the finished runs whose slots `job` has not taken in (and the job `after` has), in order."""
        owed: Row = {"$eq": job} if after is None else {"$eq": job, "$ne": after}
        rows = self._runs.find({"job": INGEST, "outcome.owed": owed, "state": "done"}).sort("slot")
        return [from_document(row, JobRun) for row in rows]

    def settle(self, job: str, runs: Sequence[JobRun]) -> None:
        """Note that `job` has taken in what `runs` brought; one that was repeated meanwhile stays owed."""
        if runs:
            self._runs.bulk_write(
                [UpdateOne({"_id": run.id, "fence": run.fence}, {"$pull": {"outcome.owed": job}}) for run in runs],
                ordered=False,
            )
