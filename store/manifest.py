"""The manifest of the lake, kept in `job_runs`: which file of each slot counts, how many events it holds, whose.

The outcome of a run of `ingest` is `{file, rows, commits, events, parties, owed, …}`. `owed` names the jobs that have
not yet taken the slot in; a slot that is ingested again gets a new outcome, and so owes it to them again. Several slots
of an hour may name one file: that of the packed hour, from which a slot has the rows that were received in it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from store.documents import JobRun
from store.encoding import from_document

INGEST = "ingest"
Row = dict[str, Any]


class Change(NamedTuple):
    """What is to stand in the outcome of a run, which was read before, in place of what stood there."""

    run: JobRun
    outcome: Mapping[str, Any]
    anew: bool = False
    """Other jobs have to take it in anew: those that are at the old one cannot settle it."""


class _Changed(Exception):  # noqa: N818 - named for what was found
    """Somebody else was faster."""


class Manifest:
    """Reads the outcomes of `ingest`, for the pipeline's processes."""

    def __init__(self, database: Database[Row]) -> None:
        self._runs = database["job_runs"]
        self._client = database.client

    def between(self, first_slot: str, last_slot: str) -> dict[str, JobRun]:
        """Read the runs of `first_slot` up to and with `last_slot`, in any state."""
        rows = self._runs.find({"job": INGEST, "slot": {"$gte": first_slot, "$lte": last_slot}})
        return {row["slot"]: from_document(row, JobRun) for row in rows}

    def files_of(self, parties: Collection[str]) -> dict[str, list[str]]:
        """Name the files that hold each of `parties`, each once, in order of their slots, as of one moment."""
        query = {"job": INGEST, "outcome.parties": {"$in": sorted(parties)}, "outcome.file": {"$type": "string"}}
        found: dict[str, dict[str, None]] = defaultdict(dict)
        # Of one moment, for while an hour is packed a cursor could see some slots before and some after.
        with self._client.start_session(snapshot=True) as session:
            for row in self._runs.find(query, {"outcome.file": 1, "outcome.parties": 1}, session=session).sort("slot"):
                for party in set(parties).intersection(row["outcome"]["parties"]):
                    found[party][row["outcome"]["file"]] = None
        return {party: list(files) for party, files in found.items()}

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

    def of_hour(self, hour: str) -> list[JobRun]:
        """Read the runs of an hour, `2026-11-23T14`, in order of their slots."""
        return [run for _, run in sorted(self.between(f"{hour}:00", f"{hour}:59").items())]

    def hours(self, first_slot: str, last_slot: str) -> list[str]:
        """Name the hours from the one of `first_slot` up to that of `last_slot` of which the lake has anything."""
        slots = {"$gte": f"{first_slot[:13]}:00", "$lte": f"{last_slot[:13]}:59"}
        something = [{f"outcome.{kind}": {"$type": "string"}} for kind in ("file", "quarantine")]
        hour = {"$substrBytes": ["$slot", 0, 13]}
        found = self._runs.aggregate(
            [
                {"$match": {"job": INGEST, "slot": slots, "$or": something}},
                {"$group": {"_id": hour}},
                {"$sort": {"_id": 1}},
            ]
        )
        return [str(row["_id"]) for row in found]

    def is_busy(self, last_slot: str) -> bool:
        """Say whether a slot up to `last_slot` is being ingested: whoever is at it may have read MongoDB some time ago."""
        busy = {"job": INGEST, "slot": {"$lte": last_slot}, "state": "claimed"}
        return self._runs.find_one(busy, {"_id": 1}) is not None

    def hours_to_pack(self, before_slot: str) -> dict[str, int]:
        """Name the hours before a slot that lie in several files and are taken in by all, with their rows."""
        query = {"job": INGEST, "slot": {"$lt": before_slot}, "state": "done", "outcome.file": {"$type": "string"}}
        hours = self._runs.aggregate(
            [
                {"$match": {**query, "outcome.owed": []}},
                {
                    "$group": {
                        "_id": {"$substrBytes": ["$slot", 0, 13]},
                        "files": {"$addToSet": "$outcome.file"},
                        "rows": {"$sum": "$outcome.rows"},
                    }
                },
                {"$match": {"files.1": {"$exists": True}}},
                {"$sort": {"_id": 1}},
            ]
        )
        return {row["_id"]: row["rows"] for row in hours}

    def switch(self, claimed: tuple[str, int], changes: Sequence[Change]) -> bool:
        """Change the outcomes of several runs at once, for who holds a claim; False, and nothing changed, where one is not as read.

        `claimed` is the id and the fence of a run that is claimed (see `store.job_runs`): who was overtaken changes nothing.
        """
        with self._client.start_session() as session:
            try:
                session.with_transaction(lambda inside: self._switch(inside, claimed, changes))
            except _Changed:
                return False
        return True

    def _switch(self, session: ClientSession, claimed: tuple[str, int], changes: Sequence[Change]) -> None:
        holder, fence = claimed
        held = {"_id": holder, "fence": fence, "state": "claimed"}
        if not self._runs.update_one(held, {"$inc": {"outcome.switched": 1}}, session=session).matched_count:
            raise _Changed
        for run, outcome, anew in changes:
            seen = {"_id": run.id, "state": run.state, "fence": run.fence, "outcome.file": run.outcome["file"]}
            update: Row = {"$set": {f"outcome.{name}": value for name, value in outcome.items()}}
            if anew:
                update["$inc"] = {"fence": 1}
            if not self._runs.update_one(seen, update, session=session).matched_count:
                raise _Changed
