"""Taking people out of the lake: their rows leave, and where others' rows name them nobody is named."""

from collections.abc import Sequence
from functools import partial

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from pipeline.ingest import OWED
from pipeline.lake import Lake, LakeError
from pipeline.packing import HourHeldError, Packing
from pipeline.persons import OF_PARTIES
from pipeline.place import Place
from store.manifest import Manifest

ATTEMPTS = 5
NAMING = ("user_id", "uploader_id")
"""Columns in which somebody with an account stands."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an hour."""

    hour: str
    rows: dict[str, int] = {}
    """Rows of theirs, by person: those of a party's life are nobody's now, the others left."""
    files: dict[str, int] = {}
    """Files that named somebody, by person."""
    held: bool = False
    error: str | None = None


def erase_hours(
    hours: Sequence[str], persons: Sequence[str], place: Place, owner: str, lease_seconds: float
) -> list[Erased]:
    """Take people out of hours, one after the other on one connection; what fails is told, and the others go on."""
    with place.connected() as database:
        lake, manifest = place.open_lake(), Manifest(database)
        packing = Packing(database=database, lake=lake, owner=owner, lease_seconds=lease_seconds)
        return [_erase(hour, persons, lake, manifest, packing) for hour in hours]


def _erase(hour: str, persons: Sequence[str], lake: Lake, manifest: Manifest, packing: Packing) -> Erased:
    try:
        found = _look(hour, persons, lake, manifest)
        if found.files:
            _retrying()(packing.rewrite, hour, partial(without, persons=persons), OWED)
    except HourHeldError:
        return Erased(hour=hour, held=True)
    except LakeError as error:
        return Erased(hour=hour, error=str(error))
    return found


def _retrying() -> Retrying:
    """Wait a little for who is packing the hour, or ingesting a minute of it."""
    return Retrying(
        retry=retry_if_exception_type(HourHeldError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=2.0),
        reraise=True,
    )


def _look(hour: str, persons: Sequence[str], lake: Lake, manifest: Manifest) -> Erased:
    """Look who of `persons` stands in the files of an hour."""
    rows: dict[str, int] = {}
    files: dict[str, int] = {}
    runs = manifest.of_hour(hour)
    raw = {run.outcome["file"] for run in runs if run.outcome.get("file")}
    for name in sorted(raw):
        _count(lake.read_raw(name, NAMING), persons, rows, files)
    for run in runs:
        if run.outcome.get("quarantine"):
            _count(lake.read_quarantine(run.outcome["quarantine"]), persons, rows, files)
    return Erased(hour=hour, rows=rows, files=files)


def _count(events: pa.Table, persons: Sequence[str], rows: dict[str, int], files: dict[str, int]) -> None:
    for person in persons:
        own, others = (pc.sum(pc.equal(events.column(name), person)).as_py() or 0 for name in NAMING)
        if own or others:
            rows[person] = rows.get(person, 0) + own
            files[person] = files.get(person, 0) + 1


def without(events: pa.Table, persons: Sequence[str]) -> pa.Table:
    """Leave out what `persons` did; what tells of a party stays and is nobody's, and so is a video of theirs.

    It is what `persons.hidden` makes of the same events when they are ingested again.
    """
    gone = pa.array(persons, pa.string())
    of_parties = pa.array(sorted(OF_PARTIES))
    kind = events.column("type").cast(pa.string())
    stays = pc.and_(pc.is_valid(events.column("seq")), pc.is_in(kind, value_set=of_parties))
    kept = events.filter(pc.or_(pc.invert(pc.is_in(events.column("user_id"), value_set=gone)), stays))
    theirs = pc.is_in(kept.column("user_id"), value_set=gone)
    kept = _nobody(_nobody(kept, "session_id", theirs), "user_id", theirs)
    return _nobody(kept, "uploader_id", pc.is_in(kept.column("uploader_id"), value_set=gone))


def _nobody(events: pa.Table, name: str, where: pa.ChunkedArray) -> pa.Table:
    place = events.schema.get_field_index(name)
    emptied = pc.if_else(where, pa.scalar(None, pa.string()), events.column(name))
    return events.set_column(place, events.schema.field(place), emptied)
