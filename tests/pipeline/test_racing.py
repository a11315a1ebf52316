"""Many schedulers at once: each slot is run by one of them."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline import jobs
from pipeline.ingest import Due, Ingest
from pipeline.lake import Lake
from pipeline.place import Place
from pipeline.runner import Pipeline
from pipeline.slots import slot_of
from pipeline.taking import Take, Taken, take
from store.blocking import connect_blocking
from store.job_runs import JobRuns
from store.manifest import Manifest
from store.pseudonyms import Pseudonyms
from tests.factories.events import MINUTE, START, Maker, a_history
from tests.pipeline.erased import handed_on, renamed
from tests.pipeline.stored import LATER_MS, a_pipeline, keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
RACERS = 16
NOW_MS = LATER_MS + 8 * 3_600_000.0 + 7 * 60_000.0
"""Between the slots of the clock, so that what is run for its own minute is told from them."""


def race(place: Place, run: Callable[[Pipeline], Any]) -> None:
    """Let sixteen schedulers do the same at once."""
    start, faults = threading.Barrier(RACERS), []

    def racer() -> None:
        pipeline = a_pipeline(place, now_ms=NOW_MS)
        start.wait()
        try:
            run(pipeline)
        except Exception as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    racers = [threading.Thread(target=racer) for _ in range(RACERS)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert faults == []


def test_sixteen_schedulers_run_each_minute_once(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history(parties=2))
    race(place, lambda pipeline: pipeline.run_closed(None))
    runs = list(mongo["job_runs"].find({"job": "ingest"}))
    assert {(run["state"], run["fence"], run["attempts"]) for run in runs} == {("done", 1, 1)}
    a_pipeline(place, now_ms=NOW_MS).run()
    raced = published(mongo)
    for name in ("aggregates", "job_runs", "owed", "first_views"):
        mongo[name].delete_many({})
    a_pipeline(place, now_ms=NOW_MS).run()
    assert raced == published(mongo)


def test_sixteen_schedulers_run_each_job_of_the_clock_once(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history(parties=2))
    assert a_pipeline(place, now_ms=NOW_MS).run().failed == {}
    renamed(mongo, "user0")
    row = handed_on(mongo, "user0", utc(NOW_MS))
    race(place, Pipeline.run_due)
    due = {job.name for job in jobs.TABLE if job.when is not None}
    assert {"canary", "reconcile", "erase", "compact", "expire"} <= due
    # What `run` did before was done for its own minute.
    slots = [{"job": job.name, "slot": job.when.slots(NOW_MS)[-1]} for job in jobs.TABLE if job.when is not None]
    runs = list(mongo["job_runs"].find({"$or": slots}))
    assert sorted(run["job"] for run in runs) == sorted(due), "the slot that is due of each"
    assert {(run["state"], run["fence"], run["attempts"]) for run in runs} == {("done", 1, 1)}
    assert mongo["party_log"].count_documents({"party_id": {"$regex": "^canary"}}) == 1
    assert mongo["erasures"].find_one({"_id": row, "state": "done"})
    counted = {
        run["outcome"]["file"] for run in mongo["job_runs"].find({"job": "ingest", "outcome.file": {"$ne": None}})
    }
    assert set(Lake(url=place.lake).raw_names()) == counted


def test_of_many_who_saw_the_same_slot_lacking_one_does_it_again(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history())
    a_pipeline(place).run()
    slot = slot_of(START)
    start, fences = threading.Barrier(RACERS), []

    def claim() -> None:
        database = connect_blocking(place.uri, place.database)
        start.wait()
        fences.append(JobRuns(database).claim("ingest", slot, "racer", 30, redo=True, seen_fence=1))
        database.client.close()

    racers = [threading.Thread(target=claim) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(fence or 0 for fence in fences) == [0] * (RACERS - 1) + [2]


def test_a_holder_that_was_overtaken_changes_nothing(place: Place, mongo: Mongo) -> None:
    maker = Maker(1)
    maker.log("p", "chat.sent", START, user_id="u", session_id="s", body={})
    keep(mongo, maker.history)
    slot = slot_of(START)
    take_now = partial(take, mongo, Pseudonyms(place.lake_key))

    def overtaken(from_ms: int, to_ms: int) -> Mapping[str, Taken]:
        """Let another runner take the slot over while this one is reading it."""
        taken = take_now(from_ms, to_ms)
        maker.history.commits.clear()
        maker.log("p", "chat.sent", START + 5, user_id="u", session_id="s", body={})
        keep(mongo, maker.history)
        assert [done.fence for done in one("new", 30.0, take_now).run([Due(slot)])] == [2]
        return taken

    def one(owner: str, lease: float, take: Take) -> Ingest:
        lake = Lake(url=place.lake)
        return Ingest(runs=JobRuns(mongo), take=take, lake=lake, owner=owner, lease_seconds=lease)

    stale = one("old", 0.0, overtaken)
    assert [done.fence for done in stale.run([Due(slot)])] == [None], "its finish is refused"
    run = Manifest(mongo).between(slot, slot)[slot]
    assert (run.owner, run.outcome["rows"]) == ("new", 2)
    assert run.outcome["file"] in Lake(url=place.lake).raw_files(slot)
    assert a_pipeline(place, now_ms=START + 10 * MINUTE).run().failed == {}
    report = published(mongo)["party_report:party:p:all"]["values"]
    assert report["sums"]["chat_messages"] == 2


def test_an_abandoned_slot_is_waited_for_and_taken_over(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history(parties=2))
    slot = slot_of(START)
    assert JobRuns(mongo).claim("ingest", slot, "killed", 1.0) == 1
    impatient = a_pipeline(place).run_closed(None)
    assert impatient.waiting == [f"ingest:{slot}"]
    assert impatient.complete_until_ms == START
    summary = a_pipeline(place, lease_seconds=2.0).run()
    assert (summary.waiting, summary.failed) == ([], {})
    assert JobRuns(mongo).latest("ingest", 1)[0].state == "done"
