"""Partials: raw files → the tables of homes.

Only the parties that new files bring something of are made anew, always from all of their events, and take the place of
what they had. A home is held under a claim while its tables are changed; which files count is said when the claim is
finished, so who was overtaken has written files that nobody reads. What follows from a change is announced before it counts
and falls due when it does (see `store.owed`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pymongo.database import Database

from pipeline.aggregations import tables as made
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.scopes import CANARY
from pipeline.lake import Lake
from pipeline.lease import Claim
from pipeline.place import Place
from pipeline.retrying import retrying
from pipeline.tables import changed_days, days_of, replaced
from store.home_tables import TABLES
from store.job_runs import JobRuns
from store.manifest import Manifest
from store.owed import Owed

BY_DAY = ("days", "people", "leaderboards")
"""Who takes in the days that a change touches: the finals, and the jobs that look further back than a week only where told."""
MANY_EVENTS = 1_500_000
"""A home with more is made in pieces, so that it needs no more than about a gigabyte."""


class Home(msgspec.Struct, frozen=True):
    """A home, and the parties in it to make anew; of tables of an older version, all that it has are."""

    name: str
    parties: tuple[str, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """What became of a home: `held` where somebody else is at it."""

    home: str
    rows: int = 0
    held: bool = False
    error: str | None = None


def make_homes(homes: Sequence[Home], place: Place, owner: str, lease_seconds: float) -> list[Made]:
    """Make the tables of homes, one after the other on one connection; what fails is told, and the others go on."""
    with place.connected() as database:
        return [_claimed(home, database, place.open_lake(), owner, lease_seconds) for home in homes]


def _claimed(home: Home, database: Database[dict[str, Any]], lake: Lake, owner: str, lease_seconds: float) -> Made:
    runs = JobRuns(database)
    fence = runs.claim(TABLES, home.name, owner, lease_seconds, redo=True)
    if fence is None:
        return Made(home.name, held=True)
    claim = Claim(runs=runs, job=TABLES, slot=home.name, fence=fence)
    try:
        with claim.kept(lease_seconds):
            run = runs.by_slot(TABLES, home.name)
            before = run.outcome if run else {}
            _tidy(home, before.get("files", {}), lake)
            outcome = _make(home, before, database, lake)
            if not claim.finish(outcome):
                return Made(home.name, held=True)
            Owed(database).fall_due(home.name)
    except Exception as error:  # noqa: BLE001 - whatever it was, the home must be free again, and the others go on
        claim.fail(error)
        return Made(home.name, error=f"{type(error).__name__}: {error}")
    # These by name and nothing else: whoever holds the home by now may be writing already.
    lake.remove(set(before.get("files", {}).values()) - set(outcome.get("files", {}).values()))
    return Made(home.name, rows=sum(outcome.get("rows", {}).values()))


def _tidy(home: Home, counted: Mapping[str, str], lake: Lake) -> None:
    """Remove what dead runs left: under the claim, for without it these may be files that somebody is about to count."""
    for name in made.SCHEMAS:
        lake.keep_only_table(name, _partition(home.name), counted.get(name, ""))


def _make(home: Home, outcome: dict[str, Any], database: Database[dict[str, Any]], lake: Lake) -> dict[str, Any]:
    before = {name: lake.read_table(file) for name, file in outcome.get("files", {}).items()}
    parties = set(home.parties)
    if before and outcome["version"] != made.VERSION:
        parties |= set(before["parties"].column("party_id").to_pylist())
        before = {}
    if not parties:  # somebody died between the change and what follows from it
        return outcome
    after = _tables(retrying()(_events, parties, database, lake), parties)
    whole = {name: replaced(before.get(name), table, parties) for name, table in after.items()}
    mine = {name: _of(table, parties) for name, table in before.items()}
    owed = Owed(database)
    if home.name != CANARY:
        changed = changed_days(mine, after)
        for job in BY_DAY:
            owed.announce(home.name, job, changed)
    owed.announce(home.name, "party_report", parties)
    return {
        "version": made.VERSION,
        "files": {name: lake.write_table(name, _partition(home.name), table).name for name, table in whole.items()},
        "rows": {name: len(table) for name, table in whole.items()},
        "days": days_of(whole) if home.name != CANARY else [],
        "parties": len(whole["parties"]),
    }


def _events(parties: set[str], database: Database[dict[str, Any]], lake: Lake) -> pa.Table:
    files = sorted({name for names in Manifest(database).files_of(parties).values() for name in names})
    return lake.read_events(files, RAW_COLUMNS, parties)


def _tables(events: pa.Table, parties: set[str]) -> dict[str, pa.Table]:
    """Make the tables, of so many parties at once that it fits into memory."""
    pieces = max(1, min(len(parties), -(-len(events) // MANY_EVENTS)))
    if pieces == 1:
        return made.tables_of(events)
    names = sorted(parties)
    size = -(-len(names) // pieces)
    parts = [made.tables_of(_of(events, set(names[start : start + size]))) for start in range(0, len(names), size)]
    return {name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries() for name in parts[0]}


def _of(table: pa.Table, parties: set[str]) -> pa.Table:
    return table.filter(pc.is_in(table.column("party_id").cast(pa.string()), value_set=pa.array(sorted(parties))))


def _partition(home: str) -> str:
    return f"home={home}"
