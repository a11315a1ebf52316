"""The collection `job_runs`: who runs which slot of a job, and what came of it. One document a slot.

A slot is claimed by one findOneAndUpdate with a lease and a fence number. Times are MongoDB's own (`$$NOW`), so that
schedulers whose clocks differ agree on whether a lease has run out. A holder whose lease was taken over carries a
stale fence, and its finish is refused.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pymongo import DESCENDING, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.documents import JobRun
from store.encoding import check, from_document

Row = dict[str, Any]
LONGEST_REST_MS = 3_600_000


class JobRuns:
    def __init__(self, database: Database[Row]) -> None:
        self._collection = database["job_runs"]

    def claim(
        self,
        job: str,
        slot: str,
        owner: str,
        lease_seconds: float,
        *,
        redo: bool = False,
        seen_fence: int | None = None,
        rest_seconds: float = 0.0,
    ) -> int | None:
        """Claim a slot that is new, failed or abandoned (with `redo`, also one that is done).

        With `seen_fence`, a slot that is done is claimed only while its fence is still that: of several who saw the
        same reason to do it again, one does. One that failed is free after `rest_seconds`, and after twice as long with
        each further attempt, up to an hour.

        Return the fence to finish it with, None where another holds it or it is done.
        """
        claim = [{"$set": _claim(job, slot, owner, lease_seconds)}]
        run = run_id(job, slot)
        with suppress(DuplicateKeyError):  # it exists, so the upsert tried to make a second one
            self._collection.update_one({"_id": run, "fence": {"$exists": False}}, claim, upsert=True)
            return 1
        free: list[Row] = [_rested(rest_seconds), {"state": "claimed", "$expr": {"$lte": ["$lease_until", "$$NOW"]}}]
        if redo:
            free.append({"state": "done"} if seen_fence is None else {"state": "done", "fence": seen_fence})
        claimed = self._collection.find_one_and_update(
            {"_id": run, "$or": free}, claim, return_document=ReturnDocument.AFTER
        )
        return None if claimed is None else int(claimed["fence"])

    def renew(self, job_run_id: str, fence: int, lease_seconds: float) -> bool:
        """Prolong a lease; False where the slot has been taken over or ended."""
        return self._end(job_run_id, fence, {"lease_until": _in(lease_seconds)}, states=["claimed"])

    def finish(self, job_run_id: str, fence: int, outcome: Mapping[str, Any]) -> bool:
        """Mark a slot done; False, and nothing changed, where `fence` is stale."""
        check(dict(outcome))
        done = {"state": "done", "finished_at": "$$NOW", "error": None, "outcome": {"$literal": dict(outcome)}}
        return self._end(job_run_id, fence, done, states=["claimed", "done"])

    def fail(self, job_run_id: str, fence: int, error: str) -> bool:
        """Mark a slot failed, so that it may be claimed again; False where `fence` is stale."""
        failed = {"state": "failed", "finished_at": "$$NOW", "error": {"$literal": error}}
        return self._end(job_run_id, fence, failed, states=["claimed", "failed"])

    def by_slot(self, job: str, slot: str) -> JobRun | None:
        row = self._collection.find_one({"_id": run_id(job, slot)})
        return None if row is None else from_document(row, JobRun)

    def latest(self, job: str, n: int) -> list[JobRun]:
        """List the last `n` slots of a job, the newest first."""
        rows = self._collection.find({"job": job}).sort("slot", DESCENDING).limit(n)
        return [from_document(row, JobRun) for row in rows]

    def states(self, job: str, slots: Sequence[str]) -> dict[str, str]:
        """Tell the state of each of `slots` that was ever claimed."""
        rows = self._collection.find({"_id": {"$in": [run_id(job, slot) for slot in slots]}}, {"slot": 1, "state": 1})
        return {row["slot"]: row["state"] for row in rows}

    def _end(self, job_run_id: str, fence: int, changes: Row, *, states: list[str]) -> bool:
        result = self._collection.update_one(
            {"_id": job_run_id, "fence": fence, "state": {"$in": states}}, [{"$set": changes}]
        )
        return result.matched_count == 1


def run_id(job: str, slot: str) -> str:
    """Name the run of a slot: `job:slot`."""
    return f"{job}:{slot}"


def _claim(job: str, slot: str, owner: str, lease_seconds: float) -> Row:
    return {
        "job": {"$literal": job},
        "slot": {"$literal": slot},
        "state": "claimed",
        "owner": {"$literal": owner},
        "fence": {"$add": [{"$ifNull": ["$fence", 0]}, 1]},
        "attempts": {"$add": [{"$ifNull": ["$attempts", 0]}, 1]},
        "lease_until": _in(lease_seconds),
        "started_at": "$$NOW",
        "finished_at": None,
        "error": None,
        "outcome": {"$ifNull": ["$outcome", {}]},
    }


def _rested(seconds: float) -> Row:
    """Find what failed, and has been left alone for long enough."""
    if not seconds:
        return {"state": "failed"}
    rest = {"$min": [LONGEST_REST_MS, {"$multiply": [int(seconds * 1000), {"$pow": [2, {"$add": ["$attempts", -1]}]}]}]}
    return {"state": "failed", "$expr": {"$lte": [{"$add": ["$finished_at", rest]}, "$$NOW"]}}


def _in(seconds: float) -> Row:
    return {"$add": ["$$NOW", int(seconds * 1000)]}
