"""The job `party_report`: the files of touched parties → one row a party."""

from pipeline.finals import final_at_ms, make_partials, publish_parties
from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from store.aggregates import AggregatesWriter
from store.documents import JobRun
from store.manifest import Manifest

NAME = "party_report"
PARTIES_OF_A_TASK = 32
FILES_OF_A_TASK = 64


def owed(work: Work) -> bool:
    """Whether files have come that no report has taken in, or a report has become final."""
    return bool(Manifest(work.database).owed_to(NAME)) or bool(_now_final(work))


def run(work: Work) -> Outcome:
    """Make the partials of new files, then report the parties in them; and those whose hour of grace is over."""
    manifest = Manifest(work.database)
    runs = manifest.owed_to(NAME)
    _make_partials(work, runs)
    parties = sorted({party for run in runs for party in run.outcome["parties"]} | set(_now_final(work)))
    tasks = chunks(parties, PARTIES_OF_A_TASK)
    published = work.tasks.map(
        publish_parties,
        tasks,
        work.place,
        work.moment,
        done=lambda done: work.progress(
            Step(NAME, "parties", min(done * PARTIES_OF_A_TASK, len(parties)), len(parties))
        ),
    )
    manifest.settle(NAME, runs)
    return Outcome(slots=len(runs), rows=sum(published))


def _make_partials(work: Work, runs: list[JobRun]) -> None:
    files = [run.outcome["file"] for run in runs if run.outcome["file"]]
    work.tasks.map(
        make_partials,
        chunks(files, FILES_OF_A_TASK),
        work.place,
        rows=sum(run.outcome["rows"] for run in runs),
        done=lambda done: work.progress(Step("partials", "files", min(done * FILES_OF_A_TASK, len(files)), len(files))),
    )


def _now_final(work: Work) -> list[str]:
    rows = AggregatesWriter(work.database).provisional(NAME)
    return [row["subject"] for row in rows if _is_final(row, work.moment.complete_ms)]


def _is_final(row: dict[str, object], complete_ms: int) -> bool:
    final_ms = final_at_ms(NAME, row)
    return final_ms is not None and final_ms <= complete_ms


JOB = Job(
    name=NAME,
    every_seconds=60,
    schedule="after ingest, for the parties it touched; once more an hour after a party's end",
    inputs=("lake/raw",),
    outputs=("lake/facts", "aggregates/party_report"),
    meaning="Computes the report of each party.",
    run=run,
    owed=owed,
)
