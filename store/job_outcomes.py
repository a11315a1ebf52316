"""What the last runs of the pipeline's jobs told, for whoever watches over it."""

from store.collection import Collection
from store.documents import JobRun
from store.encoding import from_document

_FIELDS = [
    *("_id", "job", "slot", "state", "fence", "owner", "lease_until", "attempts", "started_at", "finished_at", "error"),
    *(f"outcome.{name}" for name in ("rows", "slots", "events", "late", "failures", "quarantined")),
]
"""Not what the manifest keeps there: the names of files and parties may be many."""


class JobOutcomes:
    """Reads the collection `job_runs` with its outcomes."""

    def __init__(self, runs: Collection) -> None:
        self._runs = runs

    async def last(self, job: str, *, done: bool = False) -> JobRun | None:
        """Find the last run of a job; `done`: the last one that ended well."""
        query = {"job": job, "state": "done"} if done else {"job": job}
        row = await self._runs.find_one(query, sort=[("slot", -1)], fields=_FIELDS)
        return None if row is None else from_document(row, JobRun)
