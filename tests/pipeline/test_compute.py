"""The same tasks on threads of this process, on processes, and on a cluster that exists already."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from distributed import LocalCluster

from pipeline.compute import MANY_ROWS, Compute
from pipeline.finals import make_partials
from pipeline.lake import Lake
from pipeline.place import Place
from tests.factories.events import a_history
from tests.pipeline.lakes import raw_tables


@pytest.fixture
def place(tmp_path: object) -> Place:
    place = Place(uri="mongodb://unused", database="unused", lake=str(tmp_path))
    for slot, table in raw_tables(a_history(parties=1)).items():
        Lake(url=place.lake).write_raw(slot, table)
    return place


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        yield cluster


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
def test_large_inputs_go_to_processes_of_one_long_lived_cluster(place: Place) -> None:
    compute, files = Compute(workers=1), [[name] for name in Lake(url=place.lake).raw_names()]
    try:
        told: list[int] = []
        assert compute.map(make_partials, files, place, rows=MANY_ROWS + 1, done=told.append) == [1] * len(files)
        assert told[-1] == len(files)
        (_, first), (_, second) = (compute.map(whose, [1], 0, rows=MANY_ROWS + 1)[0] for _ in range(2))
        assert first == second != os.getpid()
    finally:
        compute.close()


@pytest.mark.integration
def test_an_existing_cluster_is_used_for_everything(place: Place, cluster: LocalCluster) -> None:
    compute, files = Compute(scheduler=cluster.scheduler_address), [Lake(url=place.lake).raw_names()]
    try:
        assert compute.map(make_partials, files, place) == [len(files[0])]
    finally:
        compute.close()
    assert len(cluster.workers) == 1, "it was not ours to stop"


def test_neither_dask_nor_arrow_is_loaded_by_what_the_web_node_imports() -> None:
    seen = "import sys, pipeline, store.metric_definitions, store.manifest; print({'dask', 'pyarrow', 'pandas'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
