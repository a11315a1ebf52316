"""The job `finals`: the tables of touched homes → reports of parties, and days of creators, videos and the platform."""

from pipeline.compute import Done
from pipeline.finals import days_now_final, parties_now_final, publish_days, publish_parties
from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from store.owed import Owed

NAME = "finals"
PARTIES_OF_A_TASK = 64
ROUNDS = 8
"""Publishing a day may owe later ones (a first view that is gone); they follow in the next round."""


def owed(work: Work) -> bool:
    """Whether tables have changed that no row has taken in, or a row has become final."""
    debts = Owed(work.database)
    late = (
        days_now_final(work.database, work.moment.complete_ms),
        parties_now_final(work.database, work.moment.complete_ms),
    )
    return any(late) or debts.any("days") or debts.any("party_report")


def run(work: Work) -> Outcome:
    """Publish the parties and days that are owed, and those whose hour of grace is over."""
    debts = Owed(work.database)
    debts.owe("days", days_now_final(work.database, work.moment.complete_ms))
    debts.owe("party_report", parties_now_final(work.database, work.moment.complete_ms))
    published, subjects = 0, 0
    for _ in range(ROUNDS):
        parties, days = debts.to("party_report"), debts.to("days")
        if not parties and not days:
            break
        tasks = chunks([debt.subject for debt in parties], PARTIES_OF_A_TASK)
        published += sum(
            work.tasks.map(publish_parties, tasks, work.place, work.moment, done=_told(work, "parties", len(tasks)))
        )
        tasks = [[debt.subject] for debt in days]
        published += sum(
            work.tasks.map(publish_days, tasks, work.place, work.moment, done=_told(work, "days", len(tasks)))
        )
        debts.settle("party_report", parties)
        debts.settle("days", days)
        subjects += len(parties) + len(days)
    return Outcome(slots=subjects, rows=published)


def _told(work: Work, what: str, total: int) -> Done:
    return lambda done: work.progress(Step(NAME, what, done, total))


JOB = Job(
    name=NAME,
    schedule="after partials, for the parties and days that it changed; once more an hour after their end",
    inputs=("lake/tables",),
    outputs=("aggregates/party_report", "aggregates/creator_day", "aggregates/video_day", "aggregates/platform_day"),
    meaning="Computes the report of each party and each day of creators, videos and the platform.",
    run=run,
    owed=owed,
)
