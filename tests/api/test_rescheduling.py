"""A party that is to begin at another time."""

from datetime import timedelta
from typing import Any

import pytest

from conf.clock import utc
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


def ahead(clock: MovableClock, hours: float) -> str:
    return (utc(clock.now_ms()) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


@pytest.mark.gen_test
async def test_a_party_is_put_off_brought_forward_and_has_its_time_taken_back(
    api: Api, host: Person, clock: MovableClock, store: Store
) -> None:
    made = (await api.post("/parties", {"title": "Friday", "scheduled_for": ahead(clock, 5)})).body
    path = f"/parties/{made['id']}"
    for hours in (8.0, 2.0):
        moment = ahead(clock, hours)
        changed = await api.patch(path, {"scheduled_for": moment, "title": "Friday night"})
        assert changed.status == 200
        assert (changed.body["scheduled_for"], changed.body["status"]) == (moment, "scheduled")
    (listed,) = (await api.get("/parties", query={"filter": "upcoming"})).body["items"]
    assert listed["scheduled_for"] == moment
    back = (await api.patch(path, {"scheduled_for": None})).body
    assert (back.get("scheduled_for"), back["status"]) == (None, "lobby")
    kept = await store.parties.by_id(made["id"])
    assert kept is not None
    assert (kept.scheduled_for, kept.title) == (None, "Friday night")


BAD: list[Any] = ["1999-01-01T00:00:00Z", "2050-01-01T00:00:00", "2050-13-01T00:00:00Z", 1, "", "tomorrow", True]


@pytest.mark.gen_test
async def test_what_is_no_time_ahead_is_refused_and_nothing_changes(
    api: Api, host: Person, guest: Person, clock: MovableClock
) -> None:
    made = (
        await api.post("/parties", {"title": "Friday", "visibility": "public", "scheduled_for": ahead(clock, 5)})
    ).body
    path = f"/parties/{made['id']}"
    for moment in BAD:
        reply = await api.patch(path, {"scheduled_for": moment, "title": "Changed"})
        assert (reply.status, reply.body["errors"][0]["path"]) == (400, "$.scheduled_for"), moment
    theirs = await api.patch(path, {"scheduled_for": ahead(clock, 6)}, token=guest.token)
    assert (theirs.status, theirs.body["code"]) == (403, "forbidden")
    assert (await api.get(path)).body == made
    await api.post(f"{path}/start")
    late = await api.patch(path, {"scheduled_for": ahead(clock, 6)})
    assert (late.status, late.body["code"]) == (409, "conflict")
