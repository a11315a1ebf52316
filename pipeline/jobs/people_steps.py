"""What the job `people` knows of accounts: who registered, verified, invited, came by an invitation, and when.

Such events are few and lie among all others in the raw files, so they are kept beside them: a file for each day on which
they were received, made anew when other raw files of that day count. What counts is said in `job_runs`, as for raw files.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pymongo.database import Database

from pipeline.jobs.job import Work, chunks
from pipeline.lake import Lake
from pipeline.lease import Claim
from pipeline.place import Place
from pipeline.slots import day_of
from store.job_runs import JobRuns
from store.manifest import INGEST

NAME = "steps"
STEPS = {
    "account.registered": "registered",
    "account.verified": "verified",
    "party.invited": "invited",
    "party.invite_accepted": "accepted",
}
RAW_COLUMNS = ("type", "at", "user_id")
SCHEMA = pa.schema({"viewer": pa.string(), "step": pa.string(), "at": pa.int64()})
DAYS_OF_A_TASK = 4


class Received(msgspec.Struct, frozen=True):
    """A day, and the raw files that count of it."""

    day: str
    files: tuple[str, ...]

    @property
    def digest(self) -> str:
        return sha256("\n".join(self.files).encode()).hexdigest()


def taken(events: pa.Table) -> pa.Table:
    """Select the steps of users among raw events (columns `RAW_COLUMNS`), sorted."""
    kind = events.column("type").cast(pa.string())
    wanted = pc.and_(pc.is_in(kind, value_set=pa.array(list(STEPS))), pc.is_valid(events.column("user_id")))
    chosen = events.filter(wanted)
    place = pc.index_in(chosen.column("type").cast(pa.string()), value_set=pa.array(list(STEPS)))
    made = pa.table(
        [
            pc.binary_join_element_wise("u", chosen.column("user_id").cast(pa.string()), ":"),
            pc.take(pa.array(list(STEPS.values())), place),
            chosen.column("at").cast(pa.int64()),
        ],
        schema=SCHEMA,
    )
    return made.sort_by([(name, "ascending") for name in SCHEMA.names])


def changed(work: Work, first_day: str) -> list[str]:
    """Make the files of the days since `first_day` (empty: all) anew of which other raw files count; names those days."""
    known = _known(work.database)
    received = _received(work.database, first_day)
    gone = [Received(day, ()) for day in known if day >= first_day and day not in {one.day for one in received}]
    due = [one for one in (*received, *gone) if known.get(one.day, {}).get("inputs") != one.digest]
    made = work.tasks.map(
        make_days, chunks(due, DAYS_OF_A_TASK), work.place, work.owner, work.lease_seconds, rows=len(due)
    )
    return sorted(day for part in made for day in part)


def read(lake: Lake, database: Database[dict[str, Any]]) -> pd.DataFrame:
    """Read all steps: `viewer`, `step`, `at` (ms)."""
    files = [outcome["file"] for _, outcome in sorted(_known(database).items())]
    whole = pa.concat_tables([SCHEMA.empty_table(), *(lake.read_table(name).cast(SCHEMA) for name in files)])
    return whole.to_pandas()


def make_days(days: Sequence[Received], place: Place, owner: str, lease_seconds: float) -> list[str]:
    """Make the files of some days; names those that nobody else was at."""
    with place.connected() as database:
        lake, runs = place.open_lake(), JobRuns(database)
        return [one.day for one in days if _make(one, lake, runs, owner, lease_seconds)]


def _make(one: Received, lake: Lake, runs: JobRuns, owner: str, lease_seconds: float) -> bool:
    fence = runs.claim(NAME, one.day, owner, lease_seconds, redo=True)
    if fence is None:
        return False
    claim = Claim(runs=runs, job=NAME, slot=one.day, fence=fence)
    try:
        with claim.kept(lease_seconds):
            run = runs.by_slot(NAME, one.day)
            before = str(run.outcome.get("file", "")) if run else ""
            lake.keep_only_table(NAME, f"day={one.day}", before)  # what dead runs left
            parts = [taken(lake.read_raw(name, RAW_COLUMNS)) for name in one.files]
            whole = pa.concat_tables([SCHEMA.empty_table(), *parts])
            written = lake.write_table(NAME, f"day={one.day}", whole)
            finished = claim.finish({"inputs": one.digest, "file": written.name, "rows": written.rows})
    except BaseException as error:
        claim.fail(error)
        raise
    if finished and before:
        lake.remove({before} - {written.name})  # by name: whoever holds the day by now may be writing already
    return finished


def _known(database: Database[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Read what counts, by day."""
    rows = database["job_runs"].find({"job": NAME, "outcome.file": {"$type": "string"}}, {"slot": 1, "outcome": 1})
    return {row["slot"]: row["outcome"] for row in rows}


def _received(database: Database[dict[str, Any]], first_day: str) -> list[Received]:
    """Name the raw files that count of each day since `first_day`."""
    query = {"job": INGEST, "slot": {"$gte": first_day}, "outcome.file": {"$type": "string"}}
    group = {"_id": {"$substrBytes": ["$slot", 0, 10]}, "files": {"$addToSet": "$outcome.file"}}
    rows = database["job_runs"].aggregate([{"$match": query}, {"$group": group}, {"$sort": {"_id": 1}}])
    return [Received(row["_id"], tuple(sorted(row["files"]))) for row in rows]


def recent(now_ms: float) -> str:
    """Name the first of the days on which something may have been received since the last run."""
    return day_of(now_ms - 86_400_000)
