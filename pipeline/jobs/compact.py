"""The job `compact`: the minute files of days that are over → one file an hour."""

from collections.abc import Sequence

from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from pipeline.lake import LakeError
from pipeline.packing import HourHeldError, Packed, Packing
from pipeline.place import Place
from pipeline.schedule import Schedule
from pipeline.slots import day_of
from store.manifest import Manifest

NAME = "compact"
HOURS_OF_A_TASK = 4


def run(work: Work) -> Outcome:
    """Pack every hour of the past days that lies in several files; one that somebody is at is left to the next night."""
    hours = Manifest(work.database).hours_to_pack(f"{day_of(work.moment.complete_ms)}T00:00")
    found = work.tasks.map(
        pack_hours,
        chunks(list(hours), HOURS_OF_A_TASK),
        work.place,
        work.owner,
        work.lease_seconds,
        rows=sum(hours.values()),
        done=lambda done: work.progress(Step(NAME, "hours", min(done * HOURS_OF_A_TASK, len(hours)), len(hours))),
    )
    packed = [one for part in found for one in part]
    return Outcome(
        slots=sum(one.files_before > one.files_after for one in packed),
        rows=sum(one.rows for one in packed),
        failed={one.hour: one.error for one in packed if one.error},
        told={
            "files_before": sum(one.files_before for one in packed),
            "files_after": sum(one.files_after for one in packed),
            "left": [one.hour for one in packed if one.held],
        },
    )


def pack_hours(hours: Sequence[str], place: Place, owner: str, lease_seconds: float) -> list[Packed]:
    """Pack hours one after the other on one connection; what fails is told, and the others go on."""
    with place.connected() as database:
        packing = Packing(database=database, lake=place.open_lake(), owner=owner, lease_seconds=lease_seconds)
        return [_packed(packing, hour) for hour in hours]


def _packed(packing: Packing, hour: str) -> Packed:
    try:
        return packing.pack(hour)
    except HourHeldError:
        return Packed(hour, held=True)
    except LakeError as error:
        return Packed(hour, error=str(error))


JOB = Job(
    name=NAME,
    when=Schedule(at="04:30"),
    inputs=("lake/raw", "job_runs"),
    outputs=("lake/raw",),
    meaning="Packs the minutes of days that are over into one file an hour.",
    run=run,
    upkeep=True,
)
