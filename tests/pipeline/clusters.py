"""A Dask cluster that is not ours: its scheduler and workers are processes that somebody else started."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.pipeline.waiting import until

DASK = [sys.executable, "-m", "dask"]
REPOSITORY = Path(__file__).parents[2]
QUIET = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOG_LENGTH": "0", "PYTHONPATH": str(REPOSITORY)}
"""Workers find the tests, whose functions they are sent by name."""


@dataclass(frozen=True)
class Cluster:
    address: str
    workers: tuple["subprocess.Popen[bytes]", ...]
    start: Callable[..., "subprocess.Popen[bytes]"]
    """Start a further process with these words and this in its environment; it is ended with the others."""
    ALONE: ClassVar = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    """How a worker is one process that nobody starts again."""

    @property
    def pids(self) -> set[int]:
        return {worker.pid for worker in self.workers}


@contextmanager
def cluster(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Start `dask scheduler` and some `dask worker`s, and end them afterwards."""
    told = folder / "scheduler.json"
    processes: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **environment: str) -> "subprocess.Popen[bytes]":
        log = (folder / f"dask-{len(processes)}.txt").open("wb")
        with log:
            process = subprocess.Popen(
                [*DASK, *words, "--scheduler-file", str(told)],
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**QUIET, **environment},
            )
        processes.append(process)
        return process

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"))
        made = tuple(start("worker", *Cluster.ALONE, "--local-directory", str(folder)) for _ in range(workers))
        yield Cluster(json.loads(told.read_text(encoding="utf-8"))["address"], made, start)
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
