"""Where Dask runs the tasks: threads of this process, processes of this machine, or a cluster that exists already.

No data passes the scheduler: a task gets names and addresses, opens its own files and gives back a few numbers.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from dask import config
from dask.base import compute
from dask.delayed import delayed

MANY_ROWS = 5_000_000
"""Up to here threads are faster: Arrow lets go of the GIL, and starting processes takes seconds."""

KEPT = {
    f"distributed.nanny.pre-spawn-environ.MALLOC_{name}_THRESHOLD_": 2**30  # bytes
    for name in ("TRIM", "MMAP")
}
"""A worker keeps freed memory for the next array. Dask has it give back all but 64 KiB at once, and the kernel then clears each
page anew: a fifth of all processor time went there."""

T = TypeVar("T")
Done = Callable[[int], None]
"""Told after each task how many are done."""


class Tasks(Protocol):
    """What jobs need of Dask."""

    def map(
        self, work: Callable[..., T], items: Sequence[Any], *common: Any, rows: int = 0, done: Done = ...
    ) -> list[T]:
        """Call `work(item, *common)` for each item; results in the order of the items. `rows` sizes the input."""
        ...


class Compute:
    """One long-lived client, opened when it is first needed; any number of threads may use it."""

    def __init__(self, *, scheduler: str = "", workers: int = 2, many_rows: int = MANY_ROWS) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._many_rows = many_rows
        self._client: Any = None
        self._cluster: Any = None
        self._connecting = threading.Lock()

    def map(
        self, work: Callable[..., T], items: Sequence[Any], *common: Any, rows: int = 0, done: Done = lambda _: None
    ) -> list[T]:
        if self._scheduler or rows > self._many_rows:
            return self._on_cluster(work, items, common, done)
        counted = _Counted(work, done)
        tasks = [delayed(counted, pure=False)(item, *common) for item in items]
        results: tuple[T, ...] = compute(*tasks, scheduler="threads", num_workers=self._workers)
        return list(results)

    def close(self) -> None:
        """Let the cluster go that was started here, and the client of one that was not."""
        for part in (self._client, self._cluster):
            if part is not None:
                part.close()
        self._client = self._cluster = None

    def _on_cluster(self, work: Callable[..., T], items: Sequence[Any], common: Sequence[Any], done: Done) -> list[T]:
        from distributed import as_completed  # noqa: PLC0415 - a second of imports that small inputs never need

        client = self._connected()
        futures = [client.submit(work, item, *common, pure=False) for item in items]
        for number, _ in enumerate(as_completed(futures, loop=client.loop), start=1):
            done(number)
        results: list[T] = client.gather(futures)
        return results

    def _connected(self) -> Any:
        from distributed import Client, LocalCluster  # noqa: PLC0415

        with self._connecting:
            if self._client is None:
                if not self._scheduler:
                    with config.set(KEPT):
                        self._cluster = LocalCluster(
                            n_workers=self._workers,
                            threads_per_worker=1,
                            dashboard_address="127.0.0.1:0",
                            host="127.0.0.1",
                        )
                self._client = Client(self._scheduler or self._cluster, set_as_default=False)
            return self._client


class _Counted:
    """Counts the calls that are through. Dask's own callbacks would hear of the tasks of other threads, too."""

    def __init__(self, work: Callable[..., Any], done: Done) -> None:
        self._work = work
        self._done = done
        self._finished = 0
        self._counting = threading.Lock()

    def __call__(self, *given: Any) -> Any:
        result = self._work(*given)
        with self._counting:
            self._finished += 1
            self._done(self._finished)
        return result
