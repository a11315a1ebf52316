"""The job `host_day`: the files of a host's parties → one row a day."""

from pipeline.finals import HostDays, final_at_ms, publish_host_days
from pipeline.jobs import party_report
from pipeline.jobs.job import Job, Outcome, Step, Work, chunks
from store.aggregates import AggregatesWriter
from store.manifest import Manifest

NAME = "host_day"
HOSTS_OF_A_TASK = 16


def owed(work: Work) -> bool:
    """Whether reports have changed that no day has taken in, or a day has become final."""
    return bool(Manifest(work.database).owed_to(NAME, after=party_report.NAME)) or bool(_now_final(work))


def run(work: Work) -> Outcome:
    """Compute the days of the hosts whose parties were touched; and those whose hour of grace is over."""
    manifest, writer = Manifest(work.database), AggregatesWriter(work.database)
    runs = manifest.owed_to(NAME, after=party_report.NAME)
    days: dict[str, set[str]] = {}
    parties = sorted({party for run in runs for party in run.outcome["parties"]})
    for host, touched in (*writer.hosts_of(parties).items(), *_now_final(work).items()):
        days.setdefault(host, set()).update(touched)
    hosts = [HostDays(host, tuple(sorted(days[host]))) for host in sorted(days)]
    published = work.tasks.map(
        publish_host_days,
        chunks(hosts, HOSTS_OF_A_TASK),
        work.place,
        work.moment,
        done=lambda done: work.progress(Step(NAME, "hosts", min(done * HOSTS_OF_A_TASK, len(hosts)), len(hosts))),
    )
    manifest.settle(NAME, runs)
    return Outcome(slots=len(runs), rows=sum(published))


def _now_final(work: Work) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in AggregatesWriter(work.database).provisional(NAME):
        final_ms = final_at_ms(NAME, row)
        if final_ms is not None and final_ms <= work.moment.complete_ms:
            found.setdefault(row["subject"], []).append(row["window"])
    return found


JOB = Job(
    name=NAME,
    every_seconds=60,
    schedule="after party_report, for the hosts and days it touched; once more an hour after the day's end",
    inputs=("aggregates/party_report", "lake/facts"),
    outputs=("aggregates/host_day",),
    meaning="Computes the day of each host over all parties that they created.",
    run=run,
    owed=owed,
)
