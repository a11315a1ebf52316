"""Progress bars on standard error: what is done, how fast, how long it will still take."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from pipeline.jobs.job import Step


class RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


@contextmanager
def bars(*, shown: bool) -> Iterator[Callable[[Step], None]]:
    """Give what a run tells its steps to; a bar a job and what it does."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as progress:
        known: dict[tuple[str, str], TaskID] = {}

        def step(now: Step) -> None:
            key = (now.job, now.what)
            if key not in known:
                known[key] = progress.add_task(f"{now.job} {now.what}", total=now.total)
            progress.update(known[key], completed=now.done, total=now.total)

        yield step
