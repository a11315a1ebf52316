"""Where a lake has been made, the server leaves what is in it to the pipeline, under a name that is not the person's."""

from typing import Any

import pytest
from pymongo import MongoClient

from api.services.all import Services
from store.job_runs import JobRuns
from store.pseudonyms import pseudonym
from tests.api.client import Api, Person
from tests.api.lives import lived
from tests.fakes.movable_clock import MovableClock

pytestmark = pytest.mark.integration

LATER_SECONDS = 2 * 3600
LAKE_KEY = "l" * 32
"""As in conftest.py."""


@pytest.fixture
def rows(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    return mongo_client[database]


@pytest.fixture
def lake_was_made(rows: Any) -> None:
    runs = JobRuns(rows)
    fence = runs.claim("ingest", "2026-11-23T14:28", "pipeline", 30.0)
    assert fence is not None
    runs.finish("ingest:2026-11-23T14:28", fence, {"rows": 1})


@pytest.mark.gen_test(timeout=60)
async def test_what_is_in_the_lake_is_handed_on_and_the_person_forgotten(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, rows: Any, built: Services, clock: MovableClock, lake_was_made: None
) -> None:
    erika, _ = await lived(api, host, guest)
    assert (await api.delete("/users/me", body={"password": erika.password}, token=erika.token)).status == 204
    begun = rows.erasures.find_one()
    assert (begun["state"], begun["who"]["user_id"]) == ("settling", erika.id)
    assert begun["lake"]["person"] == begun["who"]["in_lake"] != erika.id
    clock.move(LATER_SECONDS)
    assert await built.erasure.resume() == 1
    row = rows.erasures.find_one()
    assert (row["state"], row["who"], row["done_at"]) == ("lake", None, None)
    assert row["lake"] == begun["lake"]
    assert erika.id not in repr(row)
    clock.move(LATER_SECONDS)
    assert await built.erasure.resume() == 0, "the rest is the pipeline's"


@pytest.mark.gen_test(timeout=60)
async def test_own_figures_go_at_once_and_are_in_the_export_before(
    api: Api, host: Person, guest: Person, rows: Any
) -> None:
    erika, _ = await lived(api, host, guest)
    own = pseudonym(LAKE_KEY, erika.id)
    rows.aggregates.insert_one({"_id": f"creator_day:user:{own}:2026-11-23", "kind": "user", "subject": own})
    rows.aggregates.insert_one({"_id": "creator_day:user:other:2026-11-23", "kind": "user", "subject": "other"})
    export = (await api.get("/users/me/export", token=erika.token)).body
    assert [row["subject"] for row in export["aggregates"]] == [own]
    await api.delete("/users/me", body={"password": erika.password}, token=erika.token)
    assert [row["subject"] for row in rows.aggregates.find()] == ["other"]
