"""kill -9 of the pipeline, of a Dask worker and of mongod at random points: the next run ends as an undisturbed one does.

In the long form a hundred deaths in all. `MATINEE_SEED` repeats the points of one that failed.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from distributed.scheduler import KilledWorker
from pymongo.database import Database
from pymongo.errors import PyMongoError

from conf.clock import utc
from conf.metrics import NullMetrics
from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod
from pipeline.compute import MANY_ROWS, Compute
from pipeline.lake import LakeError
from pipeline.place import Place
from pipeline.runner import Pipeline
from store.blocking import connect_blocking
from store.indexes import INDEXES
from tests.factories.events import START, History, a_history
from tests.fakes.clock import ManualClock
from tests.pipeline import dying
from tests.pipeline.clusters import Cluster, cluster
from tests.pipeline.dying import NEVER, die_at
from tests.pipeline.outcomes import Outcomes, nothing_is_doubled_or_lost, nothing_is_left, outcomes
from tests.pipeline.stored import LATER_MS, a_pipeline, a_place, keep
from tests.pipeline.waiting import until
from tests.running_system import gone

pytestmark = pytest.mark.drill
Mongo = Database[dict[str, Any]]
LEASE_SECONDS = 0.5
BEGINNING = utc(START - 86_400_000)
SEED = int(os.environ.get("MATINEE_SEED") or random.SystemRandom().randrange(10**6))


def run_and_die(place: Place, step: int, victim: int, *, again: bool, told: "Synchronized[int]") -> None:
    """Run the pipeline in a process of its own, in which `victim` (0: itself) is killed at a step; tell how many there were."""
    steps = die_at(step, victim or None)
    with suppress(PyMongoError, LakeError):
        a_pipeline(place, lease_seconds=LEASE_SECONDS).run(frm=BEGINNING if again else None)
    told.value = steps.taken


class Deaths:
    """Runs the pipeline over a history that comes piece by piece, and dies on the way."""

    def __init__(self, place: Place, mongo: Mongo, history: History, pieces: int) -> None:
        self._place = place
        self._mongo = mongo
        self._pieces = cut(history, pieces)
        self._processes = get_context("forkserver")
        self._processes.set_forkserver_preload(["tests.pipeline.test_killed"])
        self.steps = self._processes.Value("q", 0)

    def more(self) -> bool:
        """Let the next piece of the history come; False where all of it is there, so that everything is to be done again."""
        if not self._pieces:
            return False
        keep(self._mongo, self._pieces.pop())
        return True

    def all_of_it(self) -> None:
        while self.more():
            pass

    @contextmanager
    def running(self, step: int, victim: int = 0) -> Iterator[Any]:
        new = self.more()
        given = {"again": not new, "told": self.steps}
        process = self._processes.Process(target=run_and_die, args=(self._place, step, victim), kwargs=given)
        process.start()
        yield process
        process.join(120)
        assert process.exitcode in {0, -9}


def cut(history: History, pieces: int) -> list[History]:
    """Cut a history by the time of its arrival; the first piece comes last, to be popped."""
    documents = sorted([*history.telemetry, *history.commits], key=lambda one: one["received_ms"])
    size = -(-len(documents) // pieces)
    parts = [documents[start : start + size] for start in range(0, len(documents), size)]
    return [
        History([one for one in part if "events" not in one], [one for one in part if "events" in one])
        for part in reversed(parts)
    ]


@pytest.fixture
def history() -> History:
    return a_history(seed=5, parties=6, viewers=6)


def undisturbed(mongod: EmbeddedMongod, place: Place, history: History) -> Outcomes:
    """Make in a database of its own what one run makes that nothing disturbs."""
    print(f"\nseed {SEED}")
    other = msgspec.structs.replace(place, database=f"{place.database}_whole", lake=f"{place.lake}-whole")
    mongod.grant(other.database)
    database = connect_blocking(other.uri, other.database)
    keep(database, history)
    a_pipeline(other).run()
    found = outcomes(database)
    database.client.drop_database(other.database)
    database.client.close()
    return found


def finished_as(expected: Outcomes, place: Place, mongo: Mongo, deaths: int, what: str) -> None:
    """Let one more run finish everything, and compare."""
    summary = a_pipeline(place, lease_seconds=LEASE_SECONDS).run()
    assert (summary.failed, summary.waiting) == ({}, [])
    nothing_is_left(mongo)
    assert outcomes(mongo) == expected
    a_pipeline(place, lease_seconds=LEASE_SECONDS).run(frm=BEGINNING)
    found = outcomes(mongo)
    assert found.digest == expected.digest
    nothing_is_doubled_or_lost(mongo, place)
    print(f"\n{what}: {deaths} deaths, seed {SEED}, digest {found.digest} as undisturbed; 0 doubled, 0 lost")


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.long)])
def test_a_killed_run_is_finished_by_the_next(
    kills: int, mongod: EmbeddedMongod, place: Place, mongo: Mongo, history: History
) -> None:
    expected = undisturbed(mongod, place, history)
    before = processes_of_ours()
    deaths, chance, killed = Deaths(place, mongo, history, kills // 2), random.Random(SEED), 0
    with deaths.running(NEVER):
        pass
    bound = deaths.steps.value
    while killed < kills:
        with deaths.running(chance.randint(1, bound)) as process:
            pass
        killed += process.exitcode == -9
        # What there is to do differs from run to run: a tenth of them may get through.
        bound = bound * 10 // 9 + 1 if process.exitcode else max(20, bound // 2)
    deaths.all_of_it()
    assert gone(list(processes_of_ours() - before), 5) == []
    finished_as(expected, place, mongo, killed, "pipeline killed")


def processes_of_ours() -> set[psutil.Process]:
    """Find all that this one has started, but for what Python keeps to start processes with for as long as the tests run."""
    helpers = ("multiprocessing.forkserver", "multiprocessing.resource_tracker")
    found = psutil.Process().children(recursive=True)
    return {one for one in found if not any(helper in " ".join(one.cmdline()) for helper in helpers)}


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[EmbeddedMongod]:
    (tmp_path / "own").mkdir()
    embedded = EmbeddedMongod(tmp_path / "own", load_or_create(tmp_path / "own", {}))
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.mark.parametrize("kills", [1, pytest.param(25, marks=pytest.mark.long)])
def test_a_run_under_which_mongod_is_killed_is_finished_by_the_next(
    kills: int, own_mongod: EmbeddedMongod, tmp_path: Path, history: History
) -> None:
    place = a_place(own_mongod.uri, "matinee", tmp_path / "lake")
    mongo = connect_blocking(place.uri, place.database)
    for name, models in INDEXES.items():
        mongo[name].create_indexes(models)
    expected = undisturbed(own_mongod, place, history)
    deaths, chance, killed = Deaths(place, mongo, history, kills), random.Random(SEED), 0
    deaths.more()
    with deaths.running(NEVER):
        pass
    bound = deaths.steps.value
    while killed < kills:
        with deaths.running(chance.randint(1, bound), own_mongod.pid) as process:
            until(lambda: not (process.is_alive() and own_mongod.alive()), seconds=120)
            if not process.is_alive() and own_mongod.alive():
                bound = max(20, bound // 2)
            else:
                killed += 1
                own_mongod.start()
    deaths.all_of_it()
    finished_as(expected, place, mongo, killed, "mongod killed")
    mongo.client.close()


@pytest.mark.parametrize("kills", [1, pytest.param(25, marks=pytest.mark.long)])
def test_a_run_whose_workers_are_killed_is_finished_by_the_next(
    kills: int, mongod: EmbeddedMongod, place: Place, mongo: Mongo, history: History
) -> None:
    expected = undisturbed(mongod, place, history)
    keep(mongo, history)
    folder = Path(place.lake).parent
    with cluster(folder, workers=0) as others:
        killed = run_while_workers_die(kills, place, others)
    finished_as(expected, place, mongo, killed, "workers killed")


def run_while_workers_die(kills: int, place: Place, others: Cluster) -> int:
    """Do everything again and again on two workers, each of which dies at some step and is replaced."""
    chance, killed = random.Random(SEED), 0

    def hire() -> Any:
        step = chance.randint(1, 120) if killed < kills else NEVER
        return others.start("worker", *others.ALONE, "--preload", dying.__file__, DIES_AT=str(step))

    compute, workers = Compute(scheduler=others.address), [hire(), hire()]
    pipeline = Pipeline(
        place=place,
        tasks=compute,
        clock=ManualClock(LATER_MS),
        metrics=NullMetrics(),
        lease_seconds=LEASE_SECONDS,
    )
    try:
        with ThreadPoolExecutor(1) as thread:
            while killed < kills:
                run = thread.submit(pipeline.run, frm=BEGINNING)
                while not run.done():
                    with suppress(TimeoutError):
                        run.exception(0.1)
                    for number, worker in enumerate(workers):
                        if worker.poll() is not None:
                            assert worker.returncode == -9
                            killed += 1
                            workers[number] = hire()
                with suppress(KilledWorker):  # one task was so unlucky that Dask gave it up
                    run.result()
    finally:
        compute.close()
    return killed


def wait_for_ever(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    until(lambda: False, seconds=600)


def run_on_processes_of_its_own(folder: str) -> None:
    Compute(workers=2).map(wait_for_ever, [folder, folder], rows=MANY_ROWS + 1)


def test_no_worker_of_a_killed_run_is_left(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    process = get_context("spawn").Process(target=run_on_processes_of_its_own, args=(str(told),))
    process.start()
    until(lambda: len(list(told.iterdir())) == 2, seconds=120)
    assert process.pid is not None
    family = psutil.Process(process.pid).children(recursive=True)
    assert {int(path.name) for path in told.iterdir()} <= {one.pid for one in family}
    process.kill()
    process.join()
    assert gone(family, 30) == []
