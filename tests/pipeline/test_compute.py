"""The same tasks on threads of this process, on processes, and on a cluster that exists already."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from pymongo.database import Database

from conf.metrics import NullMetrics
from pipeline.compute import MANY_ROWS, Compute
from pipeline.lake import Lake
from pipeline.place import Place
from pipeline.runner import Pipeline
from tests.factories.events import a_history
from tests.fakes.clock import ManualClock
from tests.pipeline.clusters import Cluster, cluster
from tests.pipeline.stored import LATER_MS, a_pipeline, keep
from tests.pipeline.waiting import until


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as started:
        yield started


def whose(item: int, base: int) -> tuple[int, int]:
    return base + item, os.getpid()


def test_small_inputs_stay_in_this_process_and_tell_their_progress() -> None:
    told: list[int] = []
    found = Compute().map(whose, range(5), 10, done=told.append)
    assert found == [(10 + item, os.getpid()) for item in range(5)]
    assert told[-1] == 5
    assert Compute().map(whose, []) == []


def test_a_fault_in_a_task_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        Compute().map(lambda item: 1 // item, [1, 0])


@pytest.mark.integration
def test_large_inputs_go_to_processes_of_one_long_lived_cluster() -> None:
    compute = Compute(workers=1)
    try:
        told: list[int] = []
        found = compute.map(whose, range(5), 10, rows=MANY_ROWS + 1, done=told.append)
        assert [number for number, _ in found] == [10 + item for item in range(5)]
        assert told[-1] == 5
        (_, first), (_, second) = (compute.map(whose, [1], 0, rows=MANY_ROWS + 1)[0] for _ in range(2))
        assert first == second != os.getpid()
    finally:
        compute.close()


@pytest.mark.integration
def test_threads_that_use_it_at_once_each_hear_of_their_own_tasks() -> None:
    compute, told = Compute(), [[], []]  # type: tuple[Compute, list[list[int]]]

    def use(place: int) -> None:
        for _ in range(20):
            compute.map(whose, range(10), 0, done=told[place].append)

    both = [threading.Thread(target=use, args=(place,)) for place in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert all(sorted(heard) == sorted([*range(1, 11)] * 20) for heard in told)


@pytest.mark.integration
def test_an_existing_cluster_does_everything_and_stays_when_we_go(
    place: Place, mongo: Database[dict[str, Any]], others: Cluster, tmp_path: Path
) -> None:
    keep(mongo, a_history(parties=2))
    a_pipeline(place).run(job="ingest")
    here, runs = Lake(url=place.lake).raw_names(), list(mongo["job_runs"].find({"job": "ingest"}))
    mongo["job_runs"].delete_many({})
    elsewhere = Place(**{**place_fields(place), "lake": str(tmp_path / "elsewhere")})
    compute = Compute(scheduler=others.address)
    try:
        pipeline = Pipeline(place=elsewhere, tasks=compute, clock=ManualClock(LATER_MS), metrics=NullMetrics())
        summary = pipeline.run(job="ingest")
        assert (summary.failed, summary.waiting, summary.slots) == ({}, [], len(runs))
        assert Lake(url=elsewhere.lake).raw_names() == here
        ran = {pid for _, pid in compute.map(whose, range(64), 0)}
        assert ran == others.pids, "both of them, and nobody here"
    finally:
        compute.close()
    assert all(worker.poll() is None for worker in others.workers), "they were not ours to stop"
    with Client(others.address, set_as_default=False) as another:
        assert len(another.scheduler_info()["workers"]) == 2


@pytest.mark.drill
def test_a_worker_that_is_killed_is_done_without(place: Place, others: Cluster) -> None:
    compute, killed = Compute(scheduler=others.address), []  # type: tuple[Compute, list[int]]

    def kill_one(done: int) -> None:
        if done >= 8 and not killed:
            others.workers[0].kill()
            killed.append(others.workers[0].wait())

    try:
        until(lambda: {pid for _, pid in compute.map(whose, range(16), 0)} == others.pids)
        found = compute.map(whose, range(64), 100, done=kill_one)
    finally:
        compute.close()
    assert killed == [-9]
    assert [number for number, _ in found] == [100 + item for item in range(64)]


def place_fields(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in place.__struct_fields__}


def test_neither_dask_nor_arrow_is_loaded_by_what_the_web_node_imports() -> None:
    seen = "import sys, pipeline, store.metric_definitions, store.manifest; print({'dask', 'pyarrow', 'pandas'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
