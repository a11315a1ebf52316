"""The job `partials`: raw files → the tables of the homes of the parties in them."""

from pipeline.aggregations.tables import VERSION
from pipeline.homes import by_home
from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from pipeline.partials import Home, make_homes
from store.home_tables import HomeTables
from store.manifest import Manifest
from store.owed import Owed

NAME = "partials"
HOMES_OF_A_TASK = 1


def owed(work: Work) -> bool:
    """Whether files have come whose parties have not been made anew, the tables' version has changed, or a run died."""
    return bool(Manifest(work.database).owed_to(NAME)) or bool(_unfinished(work))


def run(work: Work) -> Outcome:
    """Make the tables of all parties in new files; homes run side by side, each under its own claim."""
    manifest = Manifest(work.database)
    runs = manifest.owed_to(NAME)
    homes = {name: Home(name) for name in _unfinished(work)}
    for name, parties in by_home(sorted({party for run in runs for party in run.outcome["parties"]})).items():
        homes[name] = Home(name, tuple(parties))
    found = work.tasks.map(
        make_homes,
        chunks([homes[name] for name in sorted(homes)], HOMES_OF_A_TASK),
        work.place,
        work.owner,
        work.lease_seconds,
        rows=sum(run.outcome["rows"] for run in runs),
        done=lambda done: work.progress(Step(NAME, "homes", min(done * HOMES_OF_A_TASK, len(homes)), len(homes))),
    )
    made = [one for part in found for one in part]
    held = {one.home for one in made if one.held}
    failed = {one.home: one.error for one in made if one.error}
    undone = held | failed.keys()
    manifest.settle(NAME, [run for run in runs if undone.isdisjoint(by_home(run.outcome["parties"]))])
    return Outcome(slots=len(runs), rows=sum(one.rows for one in made), held_by_others=sorted(held), failed=failed)


def _unfinished(work: Work) -> list[str]:
    """Name the homes that are of another version, or whose change counts without that what follows from it is owed."""
    return sorted({*HomeTables(work.database).outdated(VERSION), *Owed(work.database).announced()})


JOB = Job(
    name=NAME,
    schedule="after ingest, for the parties it touched",
    inputs=("lake/raw",),
    outputs=("lake/tables",),
    meaning="Makes the tables of parties: presence, views, watch time, voices, films, drift.",
    run=run,
    owed=owed,
)
