"""The pipeline's jobs as staff see them; the scheduler's side is in `tests/pipeline/test_board.py`."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from conf.clock import utc
from store.job_board import JobBoardWriter
from store.job_runs import JobRuns, run_id
from tests.api.admin.things import code
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.pipeline.planned import PLANNED

pytestmark = pytest.mark.integration


@pytest.fixture
def mongo(mongo_client: MongoClient[Any], database: str) -> Any:
    """See the database as the scheduler does."""
    return mongo_client[database]


@pytest.mark.gen_test
async def test_a_job_is_shown_as_the_scheduler_tells_it_with_its_last_run(api: Api, staff: Person, mongo: Any) -> None:
    assert (await api.get("/admin/jobs")).body["items"] == []
    JobBoardWriter(mongo).tell(PLANNED)
    runs = JobRuns(mongo)
    fence = runs.claim("ingest", "2026-11-23T14:28", "node", 30)
    assert fence is not None
    runs.finish(run_id("ingest", "2026-11-23T14:28"), fence, {"rows": 7, "parties": ["secret"]})
    found = {job["name"]: job for job in (await api.get("/admin/jobs")).body["items"]}
    assert set(found) == {"ingest", "finals"}
    assert (found["ingest"]["last_run"]["state"], found["ingest"]["last_run"]["rows"]) == ("done", 7)
    assert found["finals"]["last_run"] is None
    assert found["ingest"]["scheduler_seen_at"] < found["ingest"]["next_at"]


@pytest.mark.gen_test
async def test_of_fifty_who_ask_for_a_job_at_once_all_ask_for_one_run(
    api: Api, staff: Person, mongo: Any, clock: MovableClock
) -> None:
    board = JobBoardWriter(mongo)
    board.tell(PLANNED)
    replies = await asyncio.gather(*(api.post("/admin/jobs/ingest/run") for _ in range(50)))
    assert {reply.status for reply in replies} == {202}
    assert len({reply.body["id"] for reply in replies}) == 1
    request = board.take("scheduler", utc(clock.now_ms()))
    assert request is not None
    assert board.take("another", utc(clock.now_ms())) is None
    assert (await api.get("/admin/jobs")).body["items"][1]["last_request"]["state"] == "running"
    board.end(request, utc(clock.now_ms()), error="LakeError: disk full", outcome={})
    shown = (await api.get("/admin/jobs")).body["items"][1]["last_request"]
    assert (shown["state"], shown["error"], shown["asked_by"]) == ("failed", "LakeError: disk full", staff.id)
    assert (await api.post("/admin/jobs/ingest/run")).body["id"] != request.id


@pytest.mark.gen_test
async def test_a_job_that_there_is_not_cannot_be_asked_for(api: Api, staff: Person) -> None:
    assert code(await api.post("/admin/jobs/ingest/run")) == (404, "not_found")


@pytest.mark.gen_test
async def test_runs_are_listed_by_job_and_state(api: Api, staff: Person, mongo: Any) -> None:
    runs = JobRuns(mongo)
    for job, n in (("ingest", 3), ("finals", 2)):
        for minute in range(n):
            fence = runs.claim(job, f"2026-11-23T14:0{minute}", "node", 30)
            assert fence is not None
            if minute == 0:
                runs.fail(run_id(job, f"2026-11-23T14:0{minute}"), fence, "no room")

    async def names(**query: str) -> list[str]:
        reply = await api.get("/admin/jobs/runs", query=query)
        assert reply.status == 200, reply
        return [run["id"] for run in reply.body["items"]]

    assert len(await names()) == 5
    assert await names(job="ingest", state="failed") == ["ingest:2026-11-23T14:00"]
    assert len(await names(state="claimed")) == 3
    assert (await api.get("/admin/overview")).body["failed_jobs"] == 2
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/admin/jobs/runs", query=query)).body
        paged, cursor = paged + [run["id"] for run in page["items"]], page["next"]
    assert paged == await names()
    for bad in ({"state": "lost"}, {"cursor": "x"}, {"limit": str(2**63)}, {"job": ""}):
        assert (await api.get("/admin/jobs/runs", query=bad)).status == 400
