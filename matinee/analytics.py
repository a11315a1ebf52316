"""Builds the pipeline; imported only by commands that run it, because Dask and Arrow take a second to import."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from conf.clock import SystemClock
from conf.metrics import Metrics
from conf.settings import Settings
from matinee.faults import Fault
from matinee.options import secrets_of

try:
    from pipeline.compute import Compute
    from pipeline.place import Place
    from pipeline.runner import Pipeline, Summary
except ImportError as error:
    raise Fault(f"{error.name} is not installed", "pip install 'matinee[pipeline]'") from error


@contextmanager
def pipeline_over(settings: Settings, uri: str, metrics: Metrics) -> Iterator[Pipeline]:
    """Build the pipeline over one database and the lake of the settings."""
    compute = Compute(scheduler=settings.dask_scheduler, workers=os.cpu_count() or 1)
    try:
        yield Pipeline(
            place=place_of(settings, uri),
            tasks=compute,
            clock=SystemClock(),
            metrics=metrics,
            retention_days=settings.events_retention_days,
        )
    finally:
        compute.close()


def place_of(settings: Settings, uri: str) -> Place:
    """Name the database and the lake of the settings, with the key that the secrets hold."""
    key = secrets_of(settings).lake_key
    return Place(uri=uri, database=settings.mongo_database, lake=settings.lake_path, lake_key=key)


def told(summary: Summary) -> str:
    """Say in one line what a run did."""
    rows = ", ".join(f"{count} rows of {job}" for job, count in summary.rows.items()) or "no rows"
    waiting = f"; held by others: {', '.join(summary.waiting)}" if summary.waiting else ""
    return f"{summary.slots} slots, {summary.events} events, {rows} in {summary.seconds:.1f} s{waiting}"
