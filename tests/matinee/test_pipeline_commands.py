"""`matinee pipeline`: what each command says, and how it refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pymongo import MongoClient
from pymongo.database import Database

from conf.secrets import load_or_create
from conf.settings import Settings
from matinee import database
from matinee.cli import main
from matinee.mongod import EmbeddedMongod
from pipeline import jobs
from store.documents import Erasure, InLake
from store.encoding import to_document
from store.erasures import proof
from store.metric_definitions import DEFINITIONS
from store.pseudonyms import pseudonym
from tests.factories.events import START, Maker
from tests.pipeline.stored import keep

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose database runs."""
    folder = tmp_path_factory.mktemp("pipeline")
    mongod = EmbeddedMongod(folder, load_or_create(folder, {}))
    mongod.start()
    yield folder
    mongod.stop()


@pytest.fixture
def mongo(data: Path) -> Iterator[Database[dict[str, Any]]]:
    settings = Settings(data=data)
    with MongoClient[dict[str, Any]](database.running(settings, load_or_create(data, {})), tz_aware=True) as client:
        opened = client[settings.mongo_database]
        yield opened
        for name in opened.list_collection_names():
            opened.drop_collection(name)


def pipeline(data: Path, *arguments: str) -> Result:
    given = ("pipeline", *arguments, "--data", str(data))
    return CliRunner().invoke(main, given, env={"MATINEE_LOG_LEVEL": "error", "MATINEE_LAKE": str(data / "lake")})


def a_chat(mongo: Database[dict[str, Any]], user_id: str = "ann") -> None:
    maker = Maker(1, duplicates=0)
    maker.log("p", "party.created", START, user_id="host", body={})
    maker.log("p", "chat.sent", START + 5_000, user_id=user_id, session_id="s", body={"message": {"body": "hi"}})
    maker.telemetry(
        "view.quality", START + 6_000, received=START + 6_000, party_id="p", user_id=user_id, session_id="s"
    )
    keep(mongo, maker.history)


def test_run_and_status_work_where_there_was_no_party(data: Path, mongo: Database[dict[str, Any]]) -> None:
    done = pipeline(data, "run", "--progress")
    assert done.exit_code == 0, done.stderr
    assert "0 slots, 0 events" in done.stdout
    assert "canary" not in done.stdout, "upkeep is left to the clock"
    status = pipeline(data, "status")
    assert status.exit_code == 0, status.stderr
    assert "compact: never, next at " in status.stdout


def test_schedule_names_every_job_and_when_it_is_due(data: Path) -> None:
    told = pipeline(data, "schedule").stdout
    assert all(f"\n{job.name}: " in f"\n{told}" for job in jobs.TABLE)
    assert "compact: daily at 04:30 UTC; next at " in told
    assert "reconcile: hourly, 7 minutes past; next at " in told
    assert "canary: each 15 minutes; next at " in told


def test_a_dry_run_tells_what_there_is_to_do_and_does_nothing(data: Path, mongo: Database[dict[str, Any]]) -> None:
    a_chat(mongo)
    told = pipeline(data, "run", "--dry-run")
    assert told.exit_code == 0, told.stderr
    assert "ingest: 1 slots with 3 documents" in told.stdout
    assert "partials: nothing to do" in told.stdout
    assert mongo["job_runs"].count_documents({}) == 0
    assert pipeline(data, "run", "--job", "ingest").exit_code == 0
    told = pipeline(data, "run", "--dry-run")
    assert "ingest: nothing to do" in told.stdout
    assert "partials: 1 slots that it has not taken in" in told.stdout
    again = pipeline(data, "run", "--dry-run", "--job", "ingest", "--from", "2026-11-23", "--to", "2026-11-24")
    assert again.stdout == "ingest: 1 slots with 3 documents\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--job", "no-such"), "there is no job 'no-such'; there are ingest, partials"),
        (("run", "--from", "2026-11-24", "--to", "2026-11-23"), "--from is not before --to"),
        (("erase",), "give either --user ID or --all-due"),
        (("erase", "--user", "x", "--all-due"), "give either --user ID or --all-due"),
        (("erase", "--user", "nobody"), "no account of that id was erased"),
        (("explain", "nonsense"), "there is no metric 'nonsense'; there are watch_time_ms"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(data: Path, arguments: tuple[str, ...], words: str) -> None:
    refused = pipeline(data, *arguments)
    assert refused.exit_code == 1
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_lake_that_cannot_be_reached_is_said_with_the_setting(data: Path, mongo: Database[dict[str, Any]]) -> None:
    a_chat(mongo)
    given = ("pipeline", "run", "--data", str(data))
    refused = CliRunner().invoke(main, given, env={"MATINEE_LOG_LEVEL": "error", "MATINEE_LAKE": "nonsense://x"})
    assert refused.exit_code == 1
    assert "lake nonsense://x" in refused.stderr


def test_erase_takes_somebody_out_and_says_what_that_was(data: Path, mongo: Database[dict[str, Any]]) -> None:
    a_chat(mongo)
    assert pipeline(data, "run").exit_code == 0
    assert pipeline(data, "erase", "--all-due").stdout == "nobody waits\n"
    key, now = load_or_create(data, {}).lake_key, datetime(2026, 11, 24, tzinfo=UTC)
    row = Erasure(
        id=proof("ann"),
        pseudonym="x" + "0" * 31,
        lake=InLake(person=pseudonym(key, "ann"), since_ms=START),
        begun_at=now,
        due_at=now,
    )
    mongo["erasures"].insert_one(to_document(row))
    assert "the server is at it still" in pipeline(data, "erase", "--user", "ann").stderr
    mongo["events_20261123"].update_many({}, {"$set": {"user_id": row.pseudonym}})
    mongo["erasures"].update_one({}, {"$set": {"state": "settling"}})
    told = pipeline(data, "erase", "--user", "ann")
    assert told.exit_code == 0, told.stderr
    assert told.stdout == (
        "1 accounts: 2 rows left the lake, in 1 files, and 1 events MongoDB; "
        "1 stay open, for the server or an ingest is at it still\n"
    )
    mongo["erasures"].update_one({}, {"$set": {"state": "lake"}})
    told = pipeline(data, "erase", "--all-due", "--progress")
    assert told.stdout == "1 accounts: 0 rows left the lake, in 0 files, and 0 events MongoDB\n"
    assert pipeline(data, "erase", "--user", "ann").stdout == "nothing is left of that account\n"


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_every_figure_is_explained_with_what_it_is_made_of(data: Path, name: str) -> None:
    told = pipeline(data, "explain", name)
    assert told.exit_code == 0, told.stderr
    found = DEFINITIONS[name]
    assert found.formula in told.stdout
    assert found.title in told.stdout
    assert "Over a range: " in told.stdout
    assert "Made of " in told.stdout
