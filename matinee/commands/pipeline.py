"""`matinee pipeline`: the analytics jobs, by hand and by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from conf import metrics as metrics_port
from conf.clock import SystemClock
from conf.settings import Settings
from matinee import database
from matinee.faults import Fault
from matinee.lifeline import Lifeline, part
from matinee.options import secrets_of, with_settings
from store.metric_definitions import DEFINITIONS

MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def pipeline() -> None:
    """Run and look at the analytics jobs."""


@pipeline.command()
@click.option("--job", help="Only this job; `matinee pipeline schedule` lists them.")
@click.option("--from", "frm", type=MOMENT, help="Do again what was received since this moment (UTC).")
@click.option("--to", type=MOMENT, help="… and before this one.")
@click.option("--progress", is_flag=True, help="Show a bar with rate and remaining time.")
@with_settings()
def run(settings: Settings, *, job: str | None, frm: datetime | None, to: datetime | None, progress: bool) -> None:
    """Compute everything that is due, up to now."""
    from matinee.analytics import pipeline_over, told  # noqa: PLC0415 - see there
    from matinee.progress import bars  # noqa: PLC0415

    metrics = metrics_port.from_setting(settings.statsd, settings.statsd_prefix)
    with (
        database.at_hand(settings, secrets_of(settings)) as uri,
        pipeline_over(settings, uri, metrics) as analytics,
        bars(shown=progress) as step,
    ):
        try:
            summary = analytics.run(job=job, frm=_utc(frm), to=_utc(to), progress=step)
        except KeyError as error:
            raise Fault(str(error.args[0])) from error
        finally:
            metrics.close()
    click.echo(told(summary))
    if summary.failed:
        slot, words = next(iter(summary.failed.items()))
        raise Fault(f"{len(summary.failed)} runs failed, first {slot}: {words}", "running it again is safe")


@pipeline.command()
@click.option("--last", type=click.IntRange(1), default=5, help="How many runs of each job.")
@with_settings()
def status(settings: Settings, *, last: int) -> None:
    """Show the last runs of each job."""
    from pipeline.status import status as status_of  # noqa: PLC0415
    from store.job_runs import JobRuns  # noqa: PLC0415

    with _database(settings) as opened:
        for job in status_of(opened):
            owed = f", {job.owed} slots owed" if job.owed else ""
            click.echo(f"{job.job}: {job.state}{owed}")
            for run_ in JobRuns(opened).latest(job.job, last):
                took = f" in {(run_.finished_at - run_.started_at).total_seconds():.1f} s" if run_.finished_at else ""
                why = f": {run_.error}" if run_.error else ""
                click.echo(f"    {run_.slot}  {run_.state}{took}, attempt {run_.attempts}{why}")


@pipeline.command()
@with_settings()
def schedule(settings: Settings) -> None:  # noqa: ARG001 - every command takes --data
    """List the jobs: when each runs, what it reads and what it writes."""
    from pipeline.status import schedule as schedule_at  # noqa: PLC0415

    for job in schedule_at(SystemClock().now_ms()):
        click.echo(f"{job.job}: {job.schedule}; next at {job.next_at:%Y-%m-%dT%H:%M:%SZ}")
        click.echo(f"    {job.meaning}")
        click.echo(f"    reads {', '.join(job.inputs)}; writes {', '.join(job.outputs)}")


@pipeline.command()
@click.argument("metric")
@with_settings()
def explain(settings: Settings, *, metric: str) -> None:  # noqa: ARG001
    """Say how a METRIC is computed."""
    found = DEFINITIONS.get(metric)
    if found is None:
        raise Fault(f"there is no metric {metric!r}", f"there are {', '.join(DEFINITIONS)}")
    click.echo(f"{found.title} ({found.name}), {found.unit}, version {found.version}")
    click.echo(found.formula)
    click.echo(f"Windows are put together by {found.merge}; shown from a sample of {found.minimum_n} on.")


@pipeline.command()
@part
@with_settings(serves=True)
def scheduler(settings: Settings, *, lifeline: Lifeline) -> None:
    """Run the jobs when they are due, until SIGTERM or Ctrl-C. It needs a database that runs."""
    from matinee.scheduling import run_scheduler  # noqa: PLC0415

    run_scheduler(settings, database.running(settings, secrets_of(settings)), lifeline)


@contextmanager
def _database(settings: Settings) -> Iterator[Any]:
    from store.blocking import connect_blocking  # noqa: PLC0415

    with database.at_hand(settings, secrets_of(settings)) as uri:
        opened = connect_blocking(uri, settings.mongo_database)
        try:
            yield opened
        finally:
            opened.client.close()


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
