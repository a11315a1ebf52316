"""Files appear whole or not at all, and only what counts stays."""

import errno
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import pipeline
from pipeline import schema
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.tables import tables_of
from pipeline.lake import Lake, LakeError
from tests.factories.events import START, a_history
from tests.pipeline.lakes import raw_tables

SLOT = "2026-11-23T14:28"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(url=str(tmp_path / "lake"))


def events(*ids: str) -> pa.Table:
    rows = []
    for name in ids:
        document = {"_id": name, "type": "chat.sent", "at_ms": START, "received_ms": START, "party_id": "p"}
        rows += schema.telemetry_rows(document)
    return schema.table(rows)


def voices(*parties: str) -> pa.Table:
    return pa.table({"party_id": list(parties)})


def test_equal_events_give_one_file_and_others_another(lake: Lake) -> None:
    first = lake.write_raw(SLOT, events("a", "b"))
    assert first == lake.write_raw(SLOT, events("b", "a"))
    assert lake.raw_files(SLOT) == [first.name]
    assert first.name.startswith("raw/date=2026-11-23/hour=14/28-")
    second = lake.write_raw(SLOT, events("a", "b", "c"))
    assert sorted(lake.raw_files(SLOT)) == sorted([first.name, second.name])
    assert len(lake.read_raw(second.name)) == 3


def test_only_what_counts_stays_of_a_slot(lake: Lake, tmp_path: Path) -> None:
    lake.write_raw(SLOT, events("a"))
    new = lake.write_raw(SLOT, events("a", "b"))
    other = lake.write_raw("2026-11-23T14:29", events("c"))
    half = tmp_path / "lake/raw/date=2026-11-23/hour=14/.28-half-written"
    half.write_bytes(b"PAR1")
    lake.keep_only(SLOT, new.name)
    assert lake.raw_files(SLOT) == [new.name]
    assert not half.exists()
    assert lake.raw_names() == sorted([new.name, other.name])


def test_only_what_counts_stays_of_a_homes_table(lake: Lake, tmp_path: Path) -> None:
    old, new = (lake.write_table("voices", "home=other-01", voices(*ids)) for ids in ("a", "ab"))
    assert new == lake.write_table("voices", "home=other-01", voices("a", "b")), "the name is the content"
    others = [
        lake.write_table(*where, voices("c")) for where in (("voices", "home=other-02"), ("views", "home=other-01"))
    ]
    half = tmp_path / "lake/tables/v1/voices/home=other-01/.half-written"
    half.write_bytes(b"PAR1")
    lake.keep_only_table("voices", "home=other-01", new.name)
    assert not half.exists()
    assert len(lake.read_table(new.name)) == 2
    assert [len(lake.read_table(other.name)) for other in others] == [1, 1]
    with pytest.raises(LakeError, match=f"lake file {old.name} cannot be read"):
        lake.read_table(old.name)


def test_a_full_disk_is_said_and_leaves_nothing(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LakeError, match=r"28-[0-9a-f]{12}\.parquet cannot be written: no space left on the disk"):
        lake.write_raw(SLOT, events("a"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_damaged_file_is_named(lake: Lake, tmp_path: Path) -> None:
    written = lake.write_raw(SLOT, events("a"))
    (tmp_path / "lake" / written.name).write_bytes(b"PAR1 no more")
    with pytest.raises(LakeError, match=f"lake file {written.name} cannot be read"):
        lake.read_raw(written.name)


def test_a_lake_behind_a_url_reads_like_one_in_a_folder(lake: Lake) -> None:
    remote = Lake(url="memory://lake")
    written = remote.write_raw(SLOT, events("a", "b"))
    assert written == lake.write_raw(SLOT, events("a", "b"))
    assert remote.read_raw(written.name).equals(lake.read_raw(written.name))
    assert remote.raw_names("2026-11-23") == [written.name]
    remote.keep_only(SLOT, None)
    assert remote.raw_names() == []


def test_an_unknown_protocol_is_said() -> None:
    with pytest.raises(LakeError, match="lake nonsense://x: "):
        Lake(url="nonsense://x")


def test_a_notebook_opens_the_lake_as_a_dataframe(lake: Lake) -> None:
    lake.write_raw(SLOT, events("a", "b"))
    lake.write_raw("2026-11-24T00:00", events("c"))
    whole = pipeline.open_lake(lake.url)
    counted: Any = whole.groupby("type").size().compute()
    assert counted.to_dict() == {"chat.sent": 3}
    assert pipeline.open_lake(lake.url, date="2026-11-24")["event_id"].compute().tolist() == ["c"]
    with pytest.raises(LakeError, match="no events on 2026-01-01"):
        pipeline.open_lake(lake.url, date="2026-01-01")


def test_a_notebook_has_the_tables_of_parties_without_asking_mongodb(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = a_history(parties=2)
    events = pa.concat_tables(raw_tables(history).values())
    for name, table in tables_of(events.select(list(RAW_COLUMNS))).items():
        lake.write_table(name, "home=other-01", table)
    monkeypatch.setenv("MATINEE_LAKE", lake.url)
    with pytest.raises(LakeError, match="no events"):
        pipeline.open_lake()
    for slot, table in raw_tables(history).items():
        lake.write_raw(slot, table)
    assert set(party_reports(pipeline.open_lake().tables())) == set(history.answers)
    assert set(pipeline.open_lake().table("parties")["party_id"]) == set(history.answers)
