"""Where Dask runs the tasks: threads of this process, processes of this machine, or a cluster that exists already.

No data passes the scheduler: a task gets names and addresses, opens its own files and gives back a few numbers.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from dask.base import compute
from dask.callbacks import Callback
from dask.delayed import delayed

MANY_ROWS = 5_000_000
"""Up to here threads are faster: Arrow lets go of the GIL, and starting processes takes seconds."""

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
    """One long-lived client, opened when it is first needed."""

    def __init__(self, *, scheduler: str = "", workers: int = 2) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._client: Any = None
        self._cluster: Any = None

    def map(
        self, work: Callable[..., T], items: Sequence[Any], *common: Any, rows: int = 0, done: Done = lambda _: None
    ) -> list[T]:
        if self._scheduler or rows > MANY_ROWS:
            return self._on_cluster(work, items, common, done)
        tasks = [delayed(work, pure=False)(item, *common) for item in items]
        with _counting(done):
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
        for number, _ in enumerate(as_completed(futures), start=1):
            done(number)
        results: list[T] = client.gather(futures)
        return results

    def _connected(self) -> Any:
        from distributed import Client, LocalCluster  # noqa: PLC0415

        if self._client is None:
            if not self._scheduler:
                self._cluster = LocalCluster(
                    n_workers=self._workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
                )
            self._client = Client(self._scheduler or self._cluster)
        return self._client


def _counting(done: Done) -> AbstractContextManager[Any]:
    finished = 0

    def after(*_: object) -> None:
        nonlocal finished
        finished += 1
        done(finished)

    counting: AbstractContextManager[Any] = Callback(posttask=after)
    return counting
