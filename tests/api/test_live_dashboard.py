"""The dashboard of this moment: what the nodes tell, added up."""

from datetime import timedelta
from typing import Any

import pytest

from conf.clock import utc
from store.database import Store
from store.documents import LiveBeat, LiveParty
from store.sketches import bucket_of, value_of
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


def beat(clock: MovableClock, node: str, *viewers: tuple[str, int], drift: list[float], ago: float = 0) -> LiveBeat:
    at = utc(clock.now_ms()) - timedelta(seconds=ago)
    buckets = [str(bucket_of(value)) for value in drift]
    return LiveBeat(
        id=node,
        at=at,
        viewers=sum(count for _, count in viewers),
        live_parties=len(viewers),
        chat=4,
        reactions=2,
        joins=1,
        drift={bucket: buckets.count(bucket) for bucket in buckets},
        parties=[LiveParty(party_id=name, viewers=count, chat=2, reactions=1, joins=0) for name, count in viewers],
        expires_at=at + timedelta(seconds=20),
    )


def values(body: dict[str, Any]) -> dict[str, Any]:
    return {name: metric["value"] for name, metric in body["metrics"].items()}


@pytest.mark.gen_test
async def test_the_nodes_are_added_up(api: Api, host: Person, guest: Person, store: Store, clock: MovableClock) -> None:
    party = (await api.post("/parties", {"title": "Friday"})).body["id"]
    assert (await api.get("/dashboards/live")).status == 403
    await store.users.set_role(guest.id, "staff")
    silent = (await api.get("/dashboards/live", token=guest.token)).body
    assert (silent["nodes"], silent["oldest_beat_ms"], silent["computed_at"]) == (0, None, None)
    assert {*values(silent).values()} == {None}
    await store.live.keep(beat(clock, "a", (party, 2), ("p2", 9), drift=[10, 10, 10], ago=3), [])
    await store.live.keep(beat(clock, "b", (party, 8), drift=[500], ago=12), [])
    await store.live.keep(beat(clock, "c", ("p3", 99), drift=[9_000] * 9, ago=20), [])
    reply = await api.get("/dashboards/live", token=guest.token)
    assert reply.headers["Cache-Control"] == "no-store"
    body = reply.body
    assert (body["subject"], body["nodes"]) == ({"kind": "platform", "id": "live"}, 2)
    assert 12_000 <= body["oldest_beat_ms"] < 20_000
    assert values(body) == {
        "concurrent_viewers": 19,
        "live_parties": 2,
        "chat_messages_per_minute": 8,
        "reactions_per_minute": 4,
        "joins_per_minute": 2,
        "drift_p50_ms": value_of(bucket_of(10)),
        "drift_p95_ms": value_of(bucket_of(500)),
    }
    assert body["metrics"]["drift_p95_ms"]["n"] == 4
    shown = {"chat_messages_per_minute": 4, "reactions_per_minute": 2, "joins_per_minute": 0}
    first, second = body["lists"]["parties"]
    assert first == {"party_id": party, "title": "Friday", "concurrent_viewers": 10, **shown}
    assert (second["party_id"], second["concurrent_viewers"], "title" in second) == ("p2", 9, False)


@pytest.mark.gen_test
async def test_every_figure_is_in_the_dictionary(api: Api, guest: Person, store: Store) -> None:
    await store.users.set_role(guest.id, "staff")
    metrics = (await api.get("/dashboards/live", token=guest.token)).body["metrics"]
    defined = {item["name"]: item for item in (await api.get("/metrics-dictionary")).body["items"]}
    for metric in metrics.values():
        entry = defined[metric["definition"].partition("#")[2]]
        assert (entry["formula"], entry["unit"]) == (metric["formula"], metric["unit"])
