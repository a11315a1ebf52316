"""Hours are packed and come apart again; nobody who reads the manifest meanwhile counts an event twice or misses one."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline import schema
from pipeline.jobs import compact
from pipeline.lake import Lake, LakeError, is_packed
from pipeline.packing import HourHeldError, Packing, canonical
from pipeline.place import Place
from pipeline.runner import Pipeline
from pipeline.slots import slot_of
from store.blocking import connect_blocking
from store.job_runs import JobRuns
from store.manifest import INGEST, Change, Manifest
from tests.factories.events import MINUTE, START, Maker, a_history
from tests.pipeline.stored import LATER_MS, keep
from tests.pipeline.stored import a_pipeline as a_pipeline_at

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
HOUR = slot_of(START)[:13]
NIGHT_MS = LATER_MS + 4.5 * 3_600_000


def a_pipeline(place: Place, now_ms: float = NIGHT_MS) -> Pipeline:
    return a_pipeline_at(place, now_ms=now_ms)


@pytest.fixture
def ingested(place: Place, mongo: Mongo) -> Place:
    """Give a lake of minute files that nobody has still to take in."""
    keep(mongo, a_history(parties=4))
    assert a_pipeline(place).run(job=INGEST).failed == {}
    mongo["job_runs"].update_many({"job": INGEST}, {"$set": {"outcome.owed": []}})
    return place


def packing(place: Place, mongo: Mongo) -> Packing:
    return Packing(database=mongo, lake=place.open_lake(), owner="test", lease_seconds=30.0)


def named(mongo: Mongo) -> set[str]:
    return {run["outcome"]["file"] for run in mongo["job_runs"].find({"job": INGEST, "outcome.file": {"$ne": None}})}


def rows(place: Place, names: set[str]) -> pa.Table:
    """Read all rows of some files, in one order."""
    lake = place.open_lake()
    found = [schema.arrow_schema().empty_table(), *(lake.read_raw(name) for name in sorted(names))]
    return canonical(pa.concat_tables(found).unify_dictionaries())


def test_a_night_brings_the_minutes_of_past_days_into_one_file_an_hour(ingested: Place, mongo: Mongo) -> None:
    lake, before = ingested.open_lake(), rows(ingested, named(mongo))
    minutes = lake.raw_names()
    outcomes = {run["_id"]: run["outcome"] for run in mongo["job_runs"].find({"job": INGEST})}
    summary = a_pipeline(ingested).run(job=compact.NAME)
    assert summary.failed == {}
    packed = lake.raw_names()
    assert set(packed) == named(mongo), "nothing is left beside what counts"
    alone = [name for name in packed if not is_packed(name)]
    assert all(sum(name.rsplit("/", 1)[0] in other for other in minutes) == 1 for name in alone)
    assert summary.rows == {"compact": len(before) - len(rows(ingested, set(alone)))}
    assert len(packed) > len(alone)
    hours = {name.rsplit("/", 1)[0] for name in minutes}
    assert {name.rsplit("/", 1)[0] for name in packed} == hours
    assert len(packed) == len(hours)
    assert rows(ingested, set(packed)).equals(before)
    for run in mongo["job_runs"].find({"job": INGEST}):
        old = outcomes[run["_id"]]
        assert {**run["outcome"], "file": old["file"]} == old, "of a slot only the name of its file changes"
    assert a_pipeline(ingested).run(job=compact.NAME).rows == {"compact": 0}


def test_the_day_that_is_not_over_and_what_somebody_has_still_to_take_in_stay_as_they_are(
    place: Place, mongo: Mongo
) -> None:
    keep(mongo, a_history(parties=4))
    now_ms = START + 86_400_000 - 1.0
    a_pipeline(place, now_ms=now_ms).run(job=INGEST)
    minutes = place.open_lake().raw_names()
    assert a_pipeline(place, now_ms=now_ms).run(job=compact.NAME).rows == {"compact": 0}
    assert a_pipeline(place).run(job=compact.NAME).rows == {"compact": 0}, "the partials have not come yet"
    assert place.open_lake().raw_names() == minutes


def test_equal_rows_give_equal_hours_and_minutes_in_the_order_of_the_minute_files(
    ingested: Place, mongo: Mongo
) -> None:
    assert canonical(rows(ingested, named(mongo))).equals(rows(ingested, named(mongo)))
    lake = ingested.open_lake()
    for name in lake.raw_names():
        events = lake.read_raw(name)
        assert canonical(events).equals(canonical(events.take(list(reversed(range(len(events)))))))
        assert events.column("event_id").equals(canonical(events).column("event_id")), "in the order of schema.table"
    one = packing(ingested, mongo)
    first = one.pack(HOUR)
    assert (first.files_after, first.error) == (1, None)
    hour = named(mongo)
    assert one.unpack(HOUR)
    assert not any(is_packed(name) for name in named(mongo))
    assert set(lake.raw_names()) == named(mongo)
    assert not one.unpack(HOUR), "there is nothing packed any more"
    one.pack(HOUR)
    assert named(mongo) == hour, "and the same file again"


def test_a_late_minute_of_a_packed_hour_is_ingested_again_and_counts_once(ingested: Place, mongo: Mongo) -> None:
    a_pipeline(ingested).run(job=compact.NAME)
    before = rows(ingested, named(mongo))
    maker = Maker(1, duplicates=0)
    maker.telemetry("reaction.sent", START + 90_000, received=START + 90_500, party_id="party000", session_id="slow")
    maker.history.telemetry[0]["_id"] = "f" * 32
    keep(mongo, maker.history)
    summary = a_pipeline(ingested).run(job=INGEST)
    assert (summary.slots, summary.failed) == (1, {})
    after = rows(ingested, named(mongo))
    assert len(after) == len(before) + 1
    assert (
        pc.count_distinct(after.column("event_id")).as_py() == pc.count_distinct(before.column("event_id")).as_py() + 1
    )
    assert set(ingested.open_lake().raw_names()) == named(mongo)
    mongo["job_runs"].update_many({"job": INGEST}, {"$set": {"outcome.owed": []}})
    a_pipeline(ingested).run(job=compact.NAME)
    assert rows(ingested, named(mongo)).equals(after)
    assert sum(f"date={HOUR[:10]}/hour={HOUR[11:]}" in name for name in named(mongo)) == 1


def test_a_packed_hour_that_is_lost_or_damaged_is_made_anew_or_told(ingested: Place, mongo: Mongo, logs: Any) -> None:
    a_pipeline(ingested).run(job=compact.NAME)
    before = rows(ingested, named(mongo))
    (hour,) = [name for name in named(mongo) if f"date={HOUR[:10]}/hour={HOUR[11:]}" in name]
    path = Path(ingested.lake) / hour
    path.write_bytes(b"PAR1 no more")
    logs.allow("job failed")
    failed = a_pipeline(ingested).run(job=INGEST, frm=utc(START), to=utc(START + 60 * MINUTE)).failed
    assert failed
    assert all(hour in words for words in failed.values())
    path.unlink()
    assert a_pipeline(ingested).run(job=INGEST, frm=utc(START), to=utc(START + 60 * MINUTE)).failed == {}
    assert rows(ingested, named(mongo)).equals(before)


def test_readers_of_the_manifest_find_every_row_once_while_hours_are_packed_and_unpacked(
    ingested: Place, mongo: Mongo
) -> None:
    parties = ["party000", "party001", "party002", "party003"]
    expected = rows(ingested, named(mongo)).filter(pc.field("party_id").is_valid())
    stop, faults, looks = threading.Event(), [], []

    def read() -> None:
        database = connect_blocking(ingested.uri, ingested.database)
        manifest, lake = Manifest(database), ingested.open_lake()
        try:
            while not stop.is_set():
                files = {name for names in manifest.files_of(parties).values() for name in names}
                try:
                    found = pa.concat_tables([lake.read_raw(name) for name in sorted(files)]).unify_dictionaries()
                except LakeError:
                    continue  # replaced since the manifest was read: whoever reads, reads that again
                looks.append(len(files))
                if not canonical(found.filter(pc.field("party_id").is_valid())).equals(expected):
                    faults.append(files)
        finally:
            database.client.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    hours = sorted({name.split("/")[1][5:] + "T" + name.split("/")[2][5:] for name in named(mongo)})
    for _ in range(4):
        for hour in hours:
            packing(ingested, mongo).pack(hour)
        for hour in hours:
            packing(ingested, mongo).unpack(hour)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert len(set(looks)) > 1, "they saw packed and unpacked hours"


def test_who_was_overtaken_changes_nothing(ingested: Place, mongo: Mongo) -> None:
    run = Manifest(mongo).of_hour(HOUR)[0]
    fence = JobRuns(mongo).claim("pack", HOUR, "old", 0.0, redo=True)
    assert fence == 1
    assert JobRuns(mongo).claim("pack", HOUR, "new", 30.0, redo=True) == 2
    assert not Manifest(mongo).switch(("pack:" + HOUR, fence), [Change(run, {"file": "raw/nonsense"})])
    with pytest.raises(HourHeldError, match="by somebody else"):
        packing(ingested, mongo).pack(HOUR)
    assert Manifest(mongo).of_hour(HOUR)[0].outcome == run.outcome


def test_a_slot_that_is_ingested_while_its_hour_is_packed_leaves_the_hour_as_it_was(
    ingested: Place, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, slot = named(mongo), Manifest(mongo).of_hour(HOUR)[3].slot
    write = Lake.write_hour

    def slowly(lake: Lake, hour: str, events: pa.Table) -> Any:
        written = write(lake, hour, events)
        assert JobRuns(mongo).claim(INGEST, slot, "ingest", 30.0, redo=True) is not None
        return written

    monkeypatch.setattr(Lake, "write_hour", slowly)
    assert packing(ingested, mongo).pack(HOUR).held
    monkeypatch.undo()
    assert named(mongo) == before
    JobRuns(mongo).fail(f"{INGEST}:{slot}", 2, "given up")
    left = packing(ingested, mongo).pack(HOUR)
    assert left.files_after == 2, "a slot that failed stays beside"
    assert set(ingested.open_lake().raw_names()) == named(mongo), "and the file that never counted is gone"


def test_an_hour_of_very_many_events_becomes_several_files(
    ingested: Place, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(ingested, named(mongo))
    monkeypatch.setattr("pipeline.packing.MOST_ROWS", 60)
    one = packing(ingested, mongo)
    packed = one.pack(HOUR)
    assert 1 < packed.files_after < packed.files_before
    assert rows(ingested, named(mongo)).equals(before)
    assert one.pack(HOUR).rows == 0
    monkeypatch.undo()
    assert one.pack(HOUR).files_after == 1
    assert rows(ingested, named(mongo)).equals(before)


def test_a_manifest_that_a_file_contradicts_is_told_and_changes_nothing(
    ingested: Place, mongo: Mongo, logs: Any
) -> None:
    mongo["job_runs"].update_one({"_id": f"{INGEST}:{HOUR}:01"}, {"$inc": {"outcome.rows": 1}})
    before = named(mongo)
    logs.allow("job failed")
    failed = a_pipeline(ingested).run(job=compact.NAME).failed
    assert "as noted" in failed[f"compact:{HOUR}"]
    assert {name for name in before if f"date={HOUR[:10]}/hour={HOUR[11:]}" in name} <= named(mongo)


def test_an_older_files_columns_are_added(place: Place) -> None:
    old = schema.adapted(pa.table({"event_id": ["e1"], "type": ["x"], "received_at": pa.array([START], schema.MOMENT)}))
    assert canonical(old).schema.equals(schema.arrow_schema())


def test_a_lake_on_another_store_is_packed_too(mongo: Mongo, place: Place) -> None:
    elsewhere = msgspec.structs.replace(place, lake="memory://packed")
    maker = Maker(1, duplicates=0)
    for number in range(3):
        maker.log("p", "chat.sent", START + number * MINUTE, user_id="u", session_id="s", body={})
    keep(mongo, maker.history)
    a_pipeline(elsewhere).run(job=INGEST)
    mongo["job_runs"].update_many({"job": INGEST}, {"$set": {"outcome.owed": []}})
    assert packing(elsewhere, mongo).pack(HOUR).files_after == 1
    assert set(Lake(url="memory://packed").raw_names()) == named(mongo)


def test_where_the_disk_is_full_nothing_changes(
    ingested: Place, mongo: Mongo, monkeypatch: pytest.MonkeyPatch, logs: Any
) -> None:
    before = named(mongo)

    def full(*_: object) -> None:
        raise LakeError("no space left on the disk")

    monkeypatch.setattr(Lake, "write_hour", full)
    logs.allow("job failed")
    assert a_pipeline(ingested).run(job=compact.NAME).failed
    assert named(mongo) == before == set(Lake(url=ingested.lake).raw_names())
    assert all((Path(ingested.lake) / name).exists() for name in before)
