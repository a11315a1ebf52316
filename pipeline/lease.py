"""A claim on one run of a job that is kept alive by a thread, as long as the work goes on."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pymongo.errors import PyMongoError

from store.job_runs import JobRuns, run_id


class Claim:
    """One run of a job, held under a fence."""

    def __init__(self, *, runs: JobRuns, job: str, slot: str, fence: int) -> None:
        self._runs = runs
        self._id = run_id(job, slot)
        self._fence = fence

    def finish(self, outcome: Mapping[str, Any]) -> bool:
        """Mark the run done; False where another has taken it over."""
        return self._runs.finish(self._id, self._fence, outcome)

    def fail(self, error: BaseException | str) -> None:
        """Mark the run failed. A database that is away cannot be told: the lease runs out by itself."""
        words = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        with suppress(PyMongoError):
            self._runs.fail(self._id, self._fence, words)

    @contextmanager
    def kept(self, lease_seconds: float) -> Iterator[None]:
        """Renew the lease, each third of it, until the block ends."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(lease_seconds / 3):
                with suppress(PyMongoError):  # the next renewal comes before the lease is over
                    self._runs.renew(self._id, self._fence, lease_seconds)

        thread = threading.Thread(target=renew, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
