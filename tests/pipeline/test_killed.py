"""kill -9 of the pipeline's process at random points: the next run ends with the rows of an undisturbed one."""

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from matinee.mongod import EmbeddedMongod
from pipeline.lake import Lake
from pipeline.place import Place
from store.blocking import connect_blocking
from store.indexes import INDEXES
from tests.factories.events import History, a_history
from tests.pipeline.stored import a_pipeline, keep, published

pytestmark = pytest.mark.drill
LEASE_SECONDS = 0.5


def run_in_another_process(place: Place, begun: Event) -> None:
    pipeline = a_pipeline(place, lease_seconds=LEASE_SECONDS)
    begun.set()
    pipeline.run()


def forget_half(mongo: Database[dict[str, Any]], chance: random.Random) -> None:
    """Lose half of the manifest, so that each run, however far the last one came, finds work to be killed at."""
    for run in list(mongo["job_runs"].find({"job": "ingest"}, {"_id": 1})):
        if chance.random() < 0.5:
            mongo["job_runs"].delete_one(run)


@pytest.fixture
def undisturbed(mongod: EmbeddedMongod, place: Place, history: History) -> Iterator[dict[str, Any]]:
    """Give the rows of one run that nothing disturbed, in a database of its own."""
    other = msgspec.structs.replace(place, database=f"{place.database}_whole", lake=f"{place.lake}-whole")
    mongod.grant(other.database)
    database = connect_blocking(other.uri, other.database)
    keep(database, history)
    a_pipeline(other).run()
    yield published(database)
    database.client.drop_database(other.database)
    database.client.close()


@pytest.fixture
def history() -> History:
    return a_history(seed=5, parties=6, viewers=6)


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.long)])
def test_a_killed_run_is_finished_by_the_next(
    kills: int, place: Place, mongo: Database[dict[str, Any]], history: History, undisturbed: dict[str, Any]
) -> None:
    for name, models in INDEXES.items():
        mongo[name].create_indexes(models)
    keep(mongo, history)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.pipeline.test_killed"])
    chance, killed = random.Random(kills), 0
    for number in range(kills):
        forget_half(mongo, chance)
        begun = processes.Event()
        process = processes.Process(target=run_in_another_process, args=(place, begun))
        process.start()
        assert begun.wait(30)
        process.join(chance.uniform(0.0, 0.2 + 0.1 * number % 1.5))
        process.kill()
        process.join()
        killed += process.exitcode == -9
    assert killed >= kills // 2, "most of them died in the middle"
    summary = a_pipeline(place, lease_seconds=LEASE_SECONDS).run()
    assert (summary.failed, summary.waiting) == ({}, [])
    assert published(mongo) == undisturbed
    owed = mongo["job_runs"].count_documents({"job": "ingest", "outcome.owed": {"$ne": []}})
    assert owed == 0
    counted = {run["outcome"]["file"] for run in mongo["job_runs"].find({"job": "ingest"})}
    assert set(Lake(url=place.lake).raw_names()) == counted, "nothing half-written is left to be read"
    assert msgspec.json.encode(published(mongo)) == msgspec.json.encode(undisturbed)
