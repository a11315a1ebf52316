"""The demo's past: written once, taken up where it was cut off, the same each time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from matinee.demo import accounts, past
from matinee.mongod import EmbeddedMongod
from matinee.simulate.people import Video
from store.blocking import connect_blocking
from store.documents import User
from store.encoding import to_document
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration
Row = dict[str, Any]
NOW_MS = 1_796_000_000_000.0
CLIPS = [("Harbour lights", Video("c" * 32, 75_000)), ("Northern sky", Video("d" * 32, 45_000))]


@pytest.fixture
def opened(mongod: EmbeddedMongod, database: str) -> Iterator[Database[Row]]:
    """Give a database with the demo's accounts."""
    found = connect_blocking(mongod.uri, database)
    for number, person in enumerate(accounts.PEOPLE):
        user = User(
            id=f"{number:032x}",
            email=person.email,
            email_key=person.email,
            username=person.username,
            username_key=person.username,
            display_name=person.display_name,
            password_hash="",
            created_at=datetime(2026, 10, 1, tzinfo=UTC),
        )
        found["users"].insert_one(to_document(user))
    yield found
    found.client.close()


class Patience:
    """Goes on for so many times as it is asked."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0


def fill(opened: Database[Row], uri: str, data: Path, *, times: int = 1_000_000) -> None:
    clock, go_on = ManualClock(NOW_MS), Patience(times)
    past.fill(uri=uri, database=opened.name, data=data, films=CLIPS, clock=clock, go_on=go_on, events=3_000)


def stored(database: Database[Row]) -> dict[str, set[Any]]:
    return {
        name: {row["_id"] for row in database[name].find({}, {"_id": 1})} for name in database.list_collection_names()
    }


def test_the_host_has_parties_and_the_pipeline_is_asked_to_count_them(
    opened: Database[Row], mongod: EmbeddedMongod, tmp_path: Path
) -> None:
    fill(opened, mongod.uri, tmp_path)
    host = opened["users"].find_one({"email": accounts.HOST.email})
    assert host is not None
    assert opened["parties"].count_documents({"host_id": host["_id"]}) > 2
    assert opened["parties"].count_documents({"visibility": {"$ne": "private"}}) == 0
    assert opened["parties"].count_documents({"status": "live"}) == 0
    assert opened["parties"].count_documents({"video_id": "c" * 32}) > 0
    received = [row["received_ms"] for row in opened["party_log"].find()]
    assert max(received) < NOW_MS
    assert max(received) - min(received) > 14 * 86_400_000
    request = opened["job_requests"].find_one({})
    assert request is not None
    assert (request["job"], request["state"]) == ("ingest", "waiting")


def test_another_start_adds_nothing(opened: Database[Row], mongod: EmbeddedMongod, tmp_path: Path) -> None:
    fill(opened, mongod.uri, tmp_path)
    before = stored(opened)
    fill(opened, mongod.uri, tmp_path)
    assert stored(opened) == before


@pytest.mark.parametrize("times", [0, 2, 4])
def test_what_was_cut_off_is_taken_up_with_the_same_ids(
    opened: Database[Row], mongod: EmbeddedMongod, tmp_path: Path, times: int
) -> None:
    fill(opened, mongod.uri, tmp_path, times=times)
    cut = stored(opened)
    assert "job_requests" not in cut or not cut["job_requests"]
    fill(opened, mongod.uri, tmp_path)
    whole = stored(opened)
    assert all(ids <= whole[name] for name, ids in cut.items())
    fill(opened, mongod.uri, tmp_path)
    assert stored(opened) == whole


def test_a_database_of_other_people_gets_a_past_of_its_own(
    opened: Database[Row], mongod: EmbeddedMongod, tmp_path: Path
) -> None:
    fill(opened, mongod.uri, tmp_path)
    first = stored(opened)["parties"]
    other = opened["users"].find_one_and_delete({"email": accounts.HOST.email})
    assert other is not None
    opened["users"].insert_one({**other, "_id": "f" * 32})
    fill(opened, mongod.uri, tmp_path)
    assert opened["parties"].count_documents({"host_id": "f" * 32}) > 0
    assert first <= stored(opened)["parties"]
