import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from matinee.mongod import EmbeddedMongod
from store.blocking import connect_blocking
from store.errors import NotStorable
from store.job_runs import JobRuns, run_id

pytestmark = pytest.mark.integration


@pytest.fixture
def runs(mongod: EmbeddedMongod, database: str) -> Iterator[JobRuns]:
    opened = connect_blocking(mongod.uri, database)
    yield JobRuns(opened)
    opened.client.close()


def test_of_many_schedulers_one_claims_a_slot(runs: JobRuns) -> None:
    start = threading.Barrier(16)

    def claim(number: int) -> int | None:
        start.wait()
        return runs.claim("ingest", "12:00", f"scheduler-{number}", 60)

    with ThreadPoolExecutor(16) as pool:
        fences = list(pool.map(claim, range(16)))
    assert sorted(fence for fence in fences if fence is not None) == [1]
    claimed = runs.by_slot("ingest", "12:00")
    assert claimed is not None
    assert (claimed.state, claimed.owner, claimed.attempts) == ("claimed", f"scheduler-{fences.index(1)}", 1)


def test_a_finished_slot_stays_finished_unless_it_is_to_be_done_again(runs: JobRuns) -> None:
    assert runs.claim("j", "s", "a", 60) == 1
    assert runs.finish(run_id("j", "s"), 1, {"$files": ["a.parquet"], "rows.n": 3})
    assert runs.claim("j", "s", "b", 60) is None
    assert runs.claim("j", "s", "b", 60, redo=True) == 2
    assert runs.finish(run_id("j", "s"), 2, {"rows": 4})
    done = runs.by_slot("j", "s")
    assert done is not None
    assert (done.state, done.fence, done.attempts, done.outcome) == ("done", 2, 2, {"rows": 4})
    assert done.finished_at is not None


def test_outcomes_and_errors_are_kept_word_for_word(runs: JobRuns) -> None:
    runs.claim("j", "$slot", "$$NOW", 60)
    assert runs.fail(run_id("j", "$slot"), 1, "$fence is not a field here")
    failed = runs.by_slot("j", "$slot")
    assert failed is not None
    assert (failed.slot, failed.owner, failed.error) == ("$slot", "$$NOW", "$fence is not a field here")
    with pytest.raises(NotStorable):
        runs.finish(run_id("j", "$slot"), 1, {"n": float("nan")})


def test_a_failed_slot_may_be_claimed_again_at_once(runs: JobRuns) -> None:
    assert runs.claim("j", "s", "a", 60) == 1
    assert runs.fail(run_id("j", "s"), 1, "disk full")
    assert runs.claim("j", "s", "b", 60) == 2
    again = runs.by_slot("j", "s")
    assert again is not None
    assert (again.state, again.error, again.attempts) == ("claimed", None, 2)


def test_a_stale_holder_can_neither_finish_nor_fail_nor_renew(runs: JobRuns) -> None:
    assert runs.claim("j", "s", "slow", 0.05) == 1
    assert runs.renew(run_id("j", "s"), 1, 0.05)
    time.sleep(0.1)  # the lease is MongoDB's time, which no test can move
    assert runs.claim("j", "s", "quick", 60) == 2
    assert not runs.renew(run_id("j", "s"), 1, 60)
    assert not runs.finish(run_id("j", "s"), 1, {"by": "slow"})
    assert not runs.fail(run_id("j", "s"), 1, "slow")
    assert runs.finish(run_id("j", "s"), 2, {"by": "quick"})
    assert not runs.fail(run_id("j", "s"), 2, "too late")
    done = runs.by_slot("j", "s")
    assert done is not None
    assert done.outcome == {"by": "quick"}


def test_a_living_lease_is_respected(runs: JobRuns) -> None:
    assert runs.claim("j", "s", "a", 60) == 1
    assert runs.claim("j", "s", "b", 60) is None
    assert runs.claim("j", "s", "b", 60, redo=True) is None


def test_of_several_that_saw_a_reason_to_redo_one_does(runs: JobRuns) -> None:
    assert runs.claim("j", "s", "a", 60) == 1
    runs.finish(run_id("j", "s"), 1, {})
    assert runs.claim("j", "s", "b", 60, redo=True, seen_fence=1) == 2
    runs.finish(run_id("j", "s"), 2, {})
    assert runs.claim("j", "s", "c", 60, redo=True, seen_fence=1) is None


def test_the_latest_runs_come_first(runs: JobRuns) -> None:
    for slot in ("1", "3", "2"):
        runs.claim("j", slot, "a", 60)
    runs.claim("other", "9", "a", 60)
    assert [run.slot for run in runs.latest("j", 2)] == ["3", "2"]
    assert runs.by_slot("j", "4") is None
