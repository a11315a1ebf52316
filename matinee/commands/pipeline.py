"""`matinee pipeline`: the analytics jobs, by hand and by the clock."""

from collections.abc import Iterator, Mapping
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
from store.metrics.definition import inputs

MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def pipeline() -> None:
    """Run and look at the analytics jobs."""


@pipeline.command()
@click.option("--job", help="Only this job; `matinee pipeline schedule` lists them.")
@click.option("--from", "frm", type=MOMENT, help="Do again what was received since this moment (UTC).")
@click.option("--to", type=MOMENT, help="… and before this one.")
@click.option("--progress", is_flag=True, help="Show a bar with rate and remaining time.")
@click.option("--dry-run", is_flag=True, help="Only tell what there is to do.")
@with_settings()
def run(
    settings: Settings, *, job: str | None, frm: datetime | None, to: datetime | None, progress: bool, dry_run: bool
) -> None:
    """Compute everything that is due, up to now. Upkeep is left to the clock, unless it is named by --job."""
    from matinee.analytics import told  # noqa: PLC0415 - see there

    if frm and to and frm >= to:
        raise Fault("--from is not before --to")
    with _analytics(settings, progress=progress) as (analytics, step):
        if dry_run:
            for one in analytics.plan(job=job, frm=_utc(frm), to=_utc(to)):
                click.echo(f"{one.job}: {one.what if one.due else 'nothing to do'}")
            return
        summary = analytics.run(job=job, frm=_utc(frm), to=_utc(to), progress=step)
    click.echo(told(summary))
    _refuse_failed(summary.failed)


@pipeline.command()
@click.option("--user", help="Only the account that had this id.")
@click.option("--all-due", is_flag=True, help="Everybody who waits for it; the clock does that each night.")
@click.option("--progress", is_flag=True, help="Show a bar with rate and remaining time.")
@with_settings()
def erase(settings: Settings, *, user: str | None, all_due: bool, progress: bool) -> None:
    """Take people whose accounts were erased out of the lake, the figures and the telemetry."""
    from store.erasures import LakeErasures, proof  # noqa: PLC0415

    if bool(user) == all_due:
        raise Fault("whom?", "give either --user ID or --all-due")
    only = [proof(user)] if user else []
    with _analytics(settings, progress=progress) as (analytics, step):
        if user:
            with _database(settings) as opened:
                state = LakeErasures(opened).state(only[0])
            if state is None:
                raise Fault("no account of that id was erased", "its owner does that: DELETE /api/v1/users/me")
            if state == "begun":
                raise Fault("the server is at it still", "what is in the lake is next; try again in a few minutes")
            if state == "done":
                click.echo("nothing is left of that account")
                return
        summary = analytics.run(job="erase", only=only, progress=step)
        with _database(settings) as opened:
            click.echo(_erased(opened, summary.rows.get("erase", 0)))
    _refuse_failed(summary.failed)


@pipeline.command()
@click.option("--last", type=click.IntRange(1), default=5, help="How many runs of each job.")
@with_settings()
def status(settings: Settings, *, last: int) -> None:
    """Show the last runs of each job, and when it is due next."""
    from pipeline.status import schedule as schedule_at  # noqa: PLC0415
    from pipeline.status import status as status_of  # noqa: PLC0415
    from store.job_runs import JobRuns  # noqa: PLC0415

    due = {job.job: job.next_at for job in schedule_at(SystemClock().now_ms())}
    with _database(settings) as opened:
        for job in status_of(opened):
            owed = f", {job.owed} slots owed" if job.owed else ""
            click.echo(f"{job.job}: {job.state}{owed}, next at {due[job.job]:%Y-%m-%dT%H:%M:%SZ}")
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
    click.echo(f"Over a range: {found.merge}; {found.approximate or 'exact'}.")
    click.echo(f"Shown from {found.minimum_n} {found.n_of} on; on the dashboards {', '.join(found.dashboards)}.")
    click.echo(f"Made of {', '.join(sorted(inputs(found.computed)))}.")


@pipeline.command()
@part
@with_settings(serves=True)
def scheduler(settings: Settings, *, lifeline: Lifeline) -> None:
    """Run the jobs when they are due, until SIGTERM or Ctrl-C. It needs a database that runs."""
    from matinee.scheduling import run_scheduler  # noqa: PLC0415

    run_scheduler(settings, database.running(settings, secrets_of(settings)), lifeline)


@contextmanager
def _analytics(settings: Settings, *, progress: bool) -> Iterator[tuple[Any, Any]]:
    """Give the pipeline, and what its steps are told to; what goes wrong in it is said in one line."""
    from pymongo.errors import PyMongoError  # noqa: PLC0415

    from matinee.analytics import pipeline_over  # noqa: PLC0415 - see there
    from matinee.progress import bars  # noqa: PLC0415
    from pipeline.lake import LakeError  # noqa: PLC0415

    metrics = metrics_port.from_setting(settings.statsd, settings.statsd_prefix)
    try:
        with (
            database.at_hand(settings, secrets_of(settings)) as uri,
            pipeline_over(settings, uri, metrics) as analytics,
            bars(shown=progress) as step,
        ):
            yield analytics, step
    except KeyError as error:
        raise Fault(str(error.args[0])) from error
    except LakeError as error:
        raise Fault(str(error), "MATINEE_LAKE says where it is; `matinee check` looks at it") from error
    except PyMongoError as error:
        raise Fault(f"the database does not answer ({type(error).__name__})", "running it again is safe") from error
    finally:
        metrics.close()


def _refuse_failed(failed: Mapping[str, str]) -> None:
    if failed:
        slot, words = next(iter(failed.items()))
        raise Fault(f"{len(failed)} runs failed, first {slot}: {words}", "running it again is safe")


def _erased(opened: Any, rows: int) -> str:
    """Say what the last run of `erase` did."""
    from store.job_runs import JobRuns  # noqa: PLC0415

    told = next((run_.outcome for run_ in JobRuns(opened).latest("erase", 1)), {})
    if not told.get("accounts"):
        return "nobody waits"
    left = told["accounts"] - told["closed"]
    waits = f"; {left} stay open, for the server or an ingest is at it still" if left else ""
    return (
        f"{told['accounts']} accounts: {rows} rows left the lake, in {told['lake_files']} files, "
        f"and {told['telemetry']} events MongoDB{waits}"
    )


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
