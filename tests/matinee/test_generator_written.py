"""A history written down: into a lake with its manifest, and into a real MongoDB, by hand and by `matinee simulate`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pymongo.database import Database

from matinee.cli import main
from matinee.generator import History, Resident, answers_from_json, history, write_lake
from matinee.generator.databases import Stopped, write_database
from matinee.mongod import EmbeddedMongod
from pipeline.ingest import OWED
from pipeline.lake import Lake
from store.blocking import connect_blocking
from store.documents import Party, User, Video
from store.encoding import from_document
from store.events import PREFIX
from store.manifest import Manifest

pytestmark = pytest.mark.integration
Row = dict[str, Any]


@pytest.fixture
def opened(mongod: EmbeddedMongod, database: str) -> Iterator[Database[Row]]:
    found = connect_blocking(mongod.uri, database)
    yield found
    found.client.close()


def a_history() -> History:
    return history(seed=2, days=2, events=4_000, residents=[Resident("a" * 32, "Ada"), Resident("b" * 32, "Bo")])


def stored(database: Database[Row]) -> dict[str, int]:
    return {name: database[name].count_documents({}) for name in database.list_collection_names()}


def test_a_lake_holds_every_row_and_its_manifest_names_every_file(opened: Database[Row], tmp_path: Path) -> None:
    lake, made = Lake(url=str(tmp_path)), a_history()
    laid = write_lake(lake, made, manifest=opened, minutes=60)
    runs = Manifest(opened).between("2026-11-23T00:00", "2026-11-25T00:00")
    assert sorted(run.outcome["file"] for run in runs.values()) == lake.raw_names()
    assert len(runs) == laid.files
    assert {run.state for run in runs.values()} == {"done"}
    assert {tuple(run.outcome["owed"]) for run in runs.values()} == {OWED}
    whole = pa.concat_tables([lake.read_raw(name) for name in lake.raw_names()], promote_options="permissive")
    assert len(whole) == laid.rows == made.answers.events
    assert sum(run.outcome["commits"] + run.outcome["events"] for run in runs.values()) == laid.rows
    named = {party for run in runs.values() for party in run.outcome["parties"]}
    assert named == set(made.answers.parties)


def test_the_same_lake_twice_is_the_same_files(tmp_path: Path) -> None:
    first, second = Lake(url=str(tmp_path / "one")), Lake(url=str(tmp_path / "two"))
    write_lake(first, a_history(), minutes=240)
    write_lake(second, a_history(), minutes=240)
    assert first.raw_names() == second.raw_names()


def test_a_database_gets_all_documents_once(opened: Database[Row]) -> None:
    made = a_history()
    filled = write_database(opened, made)
    before = stored(opened)
    again = write_database(opened, a_history())
    assert stored(opened) == before
    assert (again.events, again.commits, again.parties) == (0, 0, 0)
    assert filled.parties == len(made.answers.parties) == opened["parties"].count_documents({})
    days = [name for name in before if name.startswith(PREFIX)]
    assert filled.events == sum(before[name] for name in days)
    assert all("clusteredIndex" in opened[name].options() for name in days)
    for name, shape in (("users", User), ("videos", Video), ("parties", Party)):
        for row in opened[name].find():
            from_document(row, shape)
    parties = opened["parties"].find()
    assert all(
        row["seq"] == opened["party_log"].find_one({"party_id": row["_id"]}, sort=[("seq", -1)])["last_seq"]  # type: ignore[index]
        for row in parties
    )


def test_accounts_that_are_there_already_are_the_most_active_hosts(opened: Database[Row]) -> None:
    write_database(opened, a_history())
    hosted = opened["parties"].aggregate([{"$sortByCount": "$host_id"}]).to_list()
    assert {"a" * 32, "b" * 32} & {row["_id"] for row in hosted[:3]}
    assert opened["users"].find_one({"_id": "a" * 32}) is None


def test_who_says_stop_is_obeyed(opened: Database[Row]) -> None:
    with pytest.raises(Stopped):
        write_database(opened, a_history(), go_on=lambda: False)
    assert opened["party_log"].count_documents({}) == 0


def test_the_command_writes_documents_and_answers(mongod: EmbeddedMongod, database: str, tmp_path: Path) -> None:
    arguments = ["simulate", "--offline", "--days", "1", "--events", "2e3", "--until", "2026-11-24", "--seed", "9"]
    environment = {"MATINEE_MONGO_URI": mongod.uri, "MATINEE_MONGO_DATABASE": database}
    done = CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)], env=environment)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "now: matinee pipeline run"
    answers = answers_from_json((tmp_path / "history-9.json").read_bytes())
    opened = connect_blocking(mongod.uri, database)
    try:
        assert opened["parties"].count_documents({}) == len(answers.parties)
        assert f"{len(answers.parties):,} parties" in done.stdout
        assert set(answers.parties) == {row["_id"] for row in opened["parties"].find()}
    finally:
        opened.client.close()


def test_a_history_in_the_future_is_refused(mongod: EmbeddedMongod, database: str, tmp_path: Path) -> None:
    environment = {"MATINEE_MONGO_URI": mongod.uri, "MATINEE_MONGO_DATABASE": database}
    arguments = ["simulate", "--offline", "--until", "2199-01-01", "--data", str(tmp_path)]
    done = CliRunner().invoke(main, arguments, env=environment)
    assert done.exit_code == 1
    assert "future" in done.stderr


@pytest.mark.parametrize("events", ["0", "many", "1e12"])
def test_what_is_no_number_of_events_is_refused(events: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", "--offline", "--events", events, "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "1e6" in done.stderr
