"""A history written into a lake as `ingest` would have left it: raw files, and the manifest that says that they count."""

from datetime import timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pymongo.database import Database

from conf.clock import utc
from matinee.generator.histories import History
from matinee.generator.pools import Pseudonym
from pipeline import schema
from pipeline.ingest import OWED
from pipeline.lake import Lake
from pipeline.slots import start_ms
from store.documents import JobRun
from store.encoding import to_document
from store.job_runs import run_id
from store.manifest import INGEST

OWNER = "generator"
RUNS_AT_ONCE = 1_000


class Laid(msgspec.Struct, frozen=True):
    """What was written."""

    files: int
    rows: int
    size: int


def write_lake(
    lake: Lake,
    history: History,
    *,
    manifest: Database[dict[str, Any]] | None = None,
    minutes: int = 1,
    pseudonym: Pseudonym | None = None,
) -> Laid:
    """Write a history's raw files; with a `manifest` note them there, owed to the jobs that come after `ingest`.

    Slots of more than a minute make fewer files, each named after its first minute, as compaction would; the jobs take
    them in all the same. The lake of an installation holds pseudonyms: give `store.pseudonyms.Pseudonyms(key).of`.
    """
    files = rows = size = 0
    runs: list[dict[str, Any]] = []
    for slot, table in history.raw_tables(minutes=minutes, pseudonym=pseudonym):
        written = lake.write_raw(slot, table)
        files, rows, size = files + 1, rows + written.rows, size + written.size
        if manifest is not None:
            runs.append(to_document(_run(slot, table, written.name, written.size)))
            if len(runs) == RUNS_AT_ONCE:
                manifest["job_runs"].insert_many(runs, ordered=False)
                runs = []
    if manifest is not None and runs:
        manifest["job_runs"].insert_many(runs, ordered=False)
    return Laid(files, rows, size)


def _run(slot: str, table: pa.Table, name: str, size: int) -> JobRun:
    """Note a slot as done. Where MongoDB holds none of its documents, nothing ever asks for it again."""
    logged = pc.sum(pc.is_valid(table.column("seq"))).as_py() or 0
    at = utc(start_ms(slot)) + timedelta(minutes=1)
    return JobRun(
        id=run_id(INGEST, slot),
        job=INGEST,
        slot=slot,
        state="done",
        fence=1,
        owner=OWNER,
        lease_until=at,
        started_at=at,
        finished_at=at,
        outcome={
            "file": name,
            "rows": len(table),
            "bytes": size,
            "commits": logged,
            "events": len(table) - logged,
            "unreadable": 0,
            "parties": sorted(pc.unique(table.column("party_id").drop_null()).to_pylist()),
            "newest_ms": pc.max(table.column("received_at").cast(pa.int64())).as_py(),
            "schema_version": schema.VERSION,
            "owed": list(OWED),
        },
    )
