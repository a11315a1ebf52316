"""Viewer telemetry over REST: each event has its own outcome, and nobody reports for others."""

from collections.abc import Callable
from typing import Any

import pytest
from pymongo import MongoClient

from matinee.mongod import EmbeddedMongod
from store.ids import new_id
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


@pytest.fixture
def stored(mongod: EmbeddedMongod, database: str) -> Callable[[], list[dict[str, Any]]]:
    """Read the viewer events that are in MongoDB, in the order of their making."""

    def read() -> list[dict[str, Any]]:
        with MongoClient[dict[str, Any]](mongod.uri) as client:
            found = client[database]
            days = [name for name in found.list_collection_names() if name.startswith("events_")]
            rows = [row for name in days for row in found[name].find({"type": {"$regex": "^view"}})]
        return sorted(rows, key=lambda row: row["_id"])

    return read


Stored = Callable[[], list[dict[str, Any]]]


def an_event(clock: MovableClock, party_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": new_id(clock.now_ms()),
        "type": "view.watched",
        "party_id": party_id,
        "at_ms": clock.now_ms() - 1000,
        "watched_ms": 10_000,
        **changes,
    }


@pytest.mark.gen_test
async def test_each_event_has_its_own_outcome(api: Api, host: Person, clock: MovableClock, stored: Stored) -> None:
    party = (await api.post("/parties", {"title": "Watched"})).body["id"]
    first, second = an_event(clock, party), an_event(clock, party, session_id="tv")
    batch = [
        first,
        second,
        first,
        an_event(clock, party, type="view.invented"),
        an_event(clock, party, watched_ms=-1),
        an_event(clock, party, surprise=1),
        an_event(clock, "nope"),
        {"no": "event"},
        7,
    ]
    reply = await api.post("/events", {"events": batch})
    assert reply.status == 200, reply
    outcomes = [event["outcome"] for event in reply.body["events"]]
    assert sorted(outcomes[:3]) == ["accepted", "accepted", "duplicate"]
    assert outcomes[3:] == ["refused"] * 6
    assert (reply.body["accepted"], reply.body["duplicates"], reply.body["refused"]) == (2, 1, 6)
    again = await api.post("/events", {"events": [first, second]})
    assert again.body["duplicates"] == 2
    rows = stored()
    assert [row["_id"] for row in rows] == sorted([first["event_id"], second["event_id"]])
    assert {(row["user_id"], row["party_id"], row["client"]) for row in rows} == {(host.id, party, "rest")}
    assert {row["session_id"] for row in rows} == {f"rest-{host.id}-", f"rest-{host.id}-tv"}
    assert rows[0]["fields"] == {"watched_ms": 10_000}


@pytest.mark.gen_test
async def test_the_clients_clock_is_corrected_and_no_event_lies_in_the_future(
    api: Api, host: Person, clock: MovableClock, stored: Stored
) -> None:
    party = (await api.post("/parties", {"title": "Skewed"})).body["id"]
    now_ms = clock.now_ms()
    skewed_ms = now_ms + 3_600_000  # a client an hour ahead
    event = an_event(clock, party, at_ms=skewed_ms - 5_000)
    await api.post("/events", {"events": [event], "sent_at_ms": round(skewed_ms)})
    [corrected] = stored()
    assert corrected["at_ms"] == pytest.approx(now_ms - 5_000, abs=1_500)
    assert corrected["sent_at_ms"] == round(skewed_ms - 5_000)
    await api.post("/events", {"events": [an_event(clock, party, at_ms=skewed_ms)]})
    assert stored()[1]["at_ms"] <= clock.now_ms()
    old = await api.post("/events", {"events": [an_event(clock, party, at_ms=now_ms - 8 * 86_400_000)]})
    assert old.body["refused"] == 1


@pytest.mark.gen_test
async def test_only_who_entered_a_party_reports_about_it(
    api: Api, host: Person, guest: Person, clock: MovableClock, stored: Stored
) -> None:
    party = (await api.post("/parties", {"title": "Theirs", "visibility": "public"})).body["id"]
    refused = await api.post("/events", {"events": [an_event(clock, party)]}, token=guest.token)
    assert (refused.body["refused"], stored()) == (1, [])
    await api.post(f"/parties/{party}/join", token=guest.token)
    taken = await api.post("/events", {"events": [an_event(clock, party)]}, token=guest.token)
    assert taken.body["accepted"] == 1
    assert (await api.post("/events", {"events": [an_event(clock, party)]}, token="")).status == 401


@pytest.mark.gen_test
async def test_a_batch_has_one_to_five_hundred_events(api: Api, host: Person, clock: MovableClock) -> None:
    party = (await api.post("/parties", {"title": "Many"})).body["id"]
    many = [an_event(clock, party) for _ in range(500)]
    assert (await api.post("/events", {"events": many})).body["accepted"] == 500
    assert (await api.post("/events", {"events": [*many, an_event(clock, party)]})).status == 400
    assert (await api.post("/events", {"events": []})).status == 400


@pytest.mark.gen_test
async def test_one_bad_event_of_five_hundred_is_refused_alone_and_where_it_stood(
    api: Api, host: Person, clock: MovableClock, stored: Stored
) -> None:
    party = (await api.post("/parties", {"title": "Nearly"})).body["id"]
    many = [an_event(clock, party) for _ in range(500)]
    many[250] |= {"watched_ms": "ten seconds"}
    reply = (await api.post("/events", {"events": many})).body
    assert (reply["accepted"], reply["duplicates"], reply["refused"]) == (499, 0, 1)
    assert [at for at, event in enumerate(reply["events"]) if event["outcome"] != "accepted"] == [250]
    assert [event["event_id"] for event in reply["events"]] == [event["event_id"] for event in many]
    assert reply["events"][250]["message"]
    assert len(stored()) == 499
