"""Where the API and the pipeline meet: `job_schedule`, which the scheduler writes, and `job_requests`, which staff write.

Neither imports the other: the scheduler tells what its jobs are and takes requests up, the API shows the one and writes
the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReplaceOne, ReturnDocument
from pymongo.database import Database

from store.collection import Collection, Row
from store.documents import JobRequest, JobRun, PlannedJob
from store.encoding import check, from_document, to_document
from store.errors import AlreadyExists
from store.pages import STARTED_LAST, Page, page

LOST = timedelta(minutes=30)
"""A request that was taken up and not ended for so long is taken up again: its scheduler died."""
KEPT = timedelta(days=30)


class JobBoard:
    """The API's side."""

    def __init__(self, schedule: Collection, requests: Collection, runs: Collection) -> None:
        self._schedule = schedule
        self._requests = requests
        self._runs = runs

    async def planned(self) -> list[PlannedJob]:
        """List the jobs as the scheduler told them last; none where no scheduler has ever run."""
        return [from_document(row, PlannedJob) for row in await self._schedule.find({}, sort=[("_id", 1)])]

    async def has(self, job: str) -> bool:
        return await self._schedule.find_one({"_id": job}, fields=["_id"]) is not None

    async def ask(self, request: JobRequest) -> JobRequest:
        """Ask for a run; where one is asked for already and not over, that one is the answer."""
        for _ in range(2):  # the one that stands in our way may end in between
            try:
                await self._requests.insert(to_document(request))
            except AlreadyExists:
                row = await self._requests.find_one({"waiting_for": request.job})
                if row is not None:
                    return from_document(row, JobRequest)
            else:
                break
        return request

    async def requests(self, *, limit: int) -> list[JobRequest]:
        """List the newest requests."""
        rows = await self._requests.find({}, sort=[("_id", -1)], limit=limit)
        return [from_document(row, JobRequest) for row in rows]

    async def last_run(self, job: str) -> JobRun | None:
        row = await self._runs.find_one({"job": job}, sort=[("slot", -1)], fields=_SHOWN)
        return None if row is None else from_document(row, JobRun)

    async def runs(self, job: str | None, state: str | None, *, limit: int, cursor: str | None) -> Page[JobRun]:
        """List runs, the last started first. Raises `BadCursor`."""
        query: Row = {name: value for name, value in (("job", job), ("state", state)) if value is not None}
        return await page(self._runs, JobRun, query, order=STARTED_LAST, limit=limit, cursor=cursor, fields=_SHOWN)

    async def count_failed(self) -> int:
        return await self._runs.count({"state": "failed"})


class JobBoardWriter:
    """The scheduler's side."""

    def __init__(self, database: Database[Row]) -> None:
        self._schedule = database["job_schedule"]
        self._requests = database["job_requests"]

    def tell(self, planned: Sequence[PlannedJob]) -> None:
        """Tell what the jobs are; those that are no more are taken off."""
        self._schedule.bulk_write(
            [ReplaceOne({"_id": job.id}, to_document(job), upsert=True) for job in planned], ordered=False
        )
        self._schedule.delete_many({"_id": {"$nin": [job.id for job in planned]}})

    def take(self, owner: str, now: datetime) -> JobRequest | None:
        """Take up the oldest request; of simultaneous schedulers one gets it."""
        free: list[Row] = [{"state": "waiting"}, {"state": "running", "started_at": {"$lte": now - LOST}}]
        row = self._requests.find_one_and_update(
            {"$or": free},
            {"$set": {"state": "running", "owner": owner, "started_at": now}},
            sort=[("_id", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else from_document(row, JobRequest)

    def end(self, request: JobRequest, now: datetime, *, error: str | None, outcome: Mapping[str, Any]) -> bool:
        """Note what came of a request; False where another scheduler has taken it up meanwhile."""
        check(dict(outcome))
        changes = {
            "state": "failed" if error else "done",
            "error": error,
            "outcome": dict(outcome),
            "finished_at": now,
            "waiting_for": None,
            "expires_at": now + KEPT,
        }
        query = {"_id": request.id, "state": "running", "owner": request.owner}
        return self._requests.update_one(query, {"$set": changes}).matched_count == 1


_SHOWN = [
    *(name for name in ("_id", "job", "slot", "state", "fence", "owner", "lease_until", "attempts")),
    *(name for name in ("started_at", "finished_at", "error", "outcome.rows", "outcome.slots", "outcome.events")),
]
"""What is shown of a run: the names of the parties of a minute are the manifest's, and may be many."""
