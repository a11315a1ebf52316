"""Death at an exact point: kill -9 before the n-th step, where a step is a command to MongoDB, its answer, or a change of a file.

A busy machine changes nothing about where a run dies, and each point between two steps is as likely as any other. Also
a `--preload` of `dask worker`: the worker dies at the step that `DIES_AT` names.
"""

import itertools
import os
import signal
import sys
from typing import Any

from pymongo import monitoring

NEVER = 0
FILES = frozenset({"os.rename", "os.remove", "os.mkdir"})


class Steps(monitoring.CommandListener):
    """Counts the steps of this process, and kills `victim` when it comes to the step `at`."""

    def __init__(self, at: int, victim: int) -> None:
        self._at = at
        self._victim = victim
        self._count = itertools.count(1)
        self.taken = 0

    def step(self) -> None:
        self.taken = number = next(self._count)
        if number == self._at:
            os.kill(self._victim, signal.SIGKILL)

    def started(self, event: monitoring.CommandStartedEvent) -> None:  # noqa: ARG002 - the driver's
        self.step()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:  # noqa: ARG002
        self.step()

    def failed(self, event: monitoring.CommandFailedEvent) -> None:  # noqa: ARG002
        self.step()

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        """Count what is done to files of a lake; called by Python itself for whatever it does."""
        if (event in FILES or (event == "open" and str(args[1]).startswith("w"))) and "/lake" in str(args[0]):
            self.step()


def die_at(step: int, victim: int | None = None) -> Steps:
    """Count from now on, for good: only for a process that is started for it. `victim` is this process itself where None."""
    steps = Steps(step, os.getpid() if victim is None else victim)
    monitoring.register(steps)
    sys.addaudithook(steps.heard)
    return steps


def dask_setup(_worker: object) -> None:
    die_at(int(os.environ["DIES_AT"]))
