import asyncio
from typing import Any

import pytest

from store.database import Store
from store.documents import TelemetryEvent
from store.errors import NotStorable, Unavailable
from store.events import Recorded, collection_name
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.mongo_proxy import inserts_into
from tests.store.conftest import OpenProxy, OpenStore, once_back

pytestmark = pytest.mark.integration

MIDNIGHT_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z


def watched(event_id: str, received_ms: int = MIDNIGHT_MS, **fields: Any) -> TelemetryEvent:
    return TelemetryEvent(event_id=event_id, type="view.watched", at_ms=5, received_ms=received_ms, fields=fields)


def many(prefix: str, count: int) -> list[TelemetryEvent]:
    return [watched(f"{prefix}-{number}") for number in range(count)]


@pytest.mark.gen_test
async def test_an_event_is_kept_under_its_id_in_the_collection_of_its_day(store: Store, raw: Any) -> None:
    event = TelemetryEvent(
        event_id="e1",
        type="view.watched",
        at_ms=5,
        sent_at_ms=4,
        received_ms=MIDNIGHT_MS,
        user_id="u",
        party_id="p",
        device="desktop",
        fields={"watched_ms": 10_000, "rate": 1.5, "ok": True, "emoji": "🎬"},
    )
    assert await store.events.record([event]) == Recorded(accepted=1, duplicates=0)
    assert list(raw["events_20261123"].find()) == [
        {
            "_id": "e1",
            "type": "view.watched",
            "at_ms": 5,
            "sent_at_ms": 4,
            "received_ms": MIDNIGHT_MS,
            "user_id": "u",
            "party_id": "p",
            "device": "desktop",
            "fields": {"watched_ms": 10_000, "rate": 1.5, "ok": True, "emoji": "🎬"},
        }
    ]


@pytest.mark.gen_test
async def test_a_day_is_clustered_compressed_and_indexed_by_receipt(store: Store, raw: Any) -> None:
    await store.events.record([watched("e")])
    (listed,) = raw.list_collections(filter={"name": "events_20261123"})
    assert listed["options"]["clusteredIndex"]["key"] == {"_id": 1}
    assert listed["options"]["storageEngine"] == {"wiredTiger": {"configString": "block_compressor=zstd"}}
    assert "received_ms_1" in raw["events_20261123"].index_information()


@pytest.mark.gen_test
async def test_the_same_id_counts_once_within_a_call_between_calls_and_nodes(open_store: OpenStore, raw: Any) -> None:
    here, there = await open_store(), await open_store()
    assert await here.events.record([watched("a"), watched("a"), watched("b")]) == Recorded(2, 1)
    assert await there.events.record([watched("b"), watched("c")]) == Recorded(1, 1)
    assert await here.events.record([]) == Recorded(0, 0)
    outcomes = await asyncio.gather(*(node.events.record(many("x", 50)) for node in (here, there) * 4))
    assert sum(outcome.accepted for outcome in outcomes) == 50
    assert sum(outcome.duplicates for outcome in outcomes) == 350
    assert raw["events_20261123"].count_documents({}) == 53


@pytest.mark.gen_test
async def test_the_same_id_counts_once_when_midnight_passes_between(store: Store, raw: Any) -> None:
    before, after = MIDNIGHT_MS - 1, MIDNIGHT_MS
    assert await store.events.record([watched("e", before), watched("f", after)]) == Recorded(2, 0)
    assert await store.events.record([watched("e", after), watched("g", after)]) == Recorded(1, 1)
    assert {row["_id"] for row in raw["events_20261122"].find()} == {"e"}
    assert {row["_id"] for row in raw["events_20261123"].find()} == {"f", "g"}


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "bad",
    [
        watched("x", text="\ud800"),
        watched("x", n=2**63),
        watched("x", n=float("nan")),
        watched("\ud800"),
        watched("x", received_ms=2**62),
        watched("x", received_ms=-1),
    ],
    ids=["lone surrogate", "2**63", "NaN", "surrogate id", "no year", "before 1970"],
)
async def test_an_event_that_cannot_be_stored_fails_its_call_alone(store: Store, raw: Any, bad: TelemetryEvent) -> None:
    calls = [store.events.record([watched(f"e{n}"), bad] if n == 3 else [watched(f"e{n}")]) for n in range(8)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes.pop(3), NotStorable)
    assert outcomes == [Recorded(1, 0)] * 7
    assert raw["events_20261123"].count_documents({}) == 7


@pytest.mark.gen_test
async def test_callers_share_inserts_and_a_long_call_is_cut(open_store: OpenStore, open_proxy: OpenProxy) -> None:
    proxy, uri = await open_proxy(inserts_into("events_20261123"))
    metrics = RecordingMetrics()
    store = await open_store(uri=uri, metrics=metrics)
    outcomes = await asyncio.gather(*(store.events.record(many(str(n), 3)) for n in range(100)))
    assert outcomes == [Recorded(3, 0)] * 100
    assert proxy.seen <= 3
    assert await store.events.record(many("long", 2300)) == Recorded(2300, 0)
    assert metrics.counts["events.recorded"] == 2600


@pytest.mark.gen_test(timeout=30)
async def test_after_a_lost_reply_new_and_known_events_are_told_apart(
    open_store: OpenStore, open_proxy: OpenProxy, raw: Any
) -> None:
    proxy, uri = await open_proxy(inserts_into("events_20261123"))
    metrics = RecordingMetrics()
    store = await open_store(uri=uri, metrics=metrics, call_timeout_ms=500)
    await store.events.record([watched("old")])
    proxy.replies_to_lose = 10_000
    recorded = asyncio.ensure_future(store.events.record([watched("old", received_ms=MIDNIGHT_MS + 1), watched("new")]))
    await metrics.counted("database.retries")
    proxy.replies_to_lose = 0
    assert await recorded == Recorded(accepted=1, duplicates=1)
    assert raw["events_20261123"].count_documents({}) == 2


@pytest.mark.gen_test(timeout=30)
async def test_what_could_not_be_written_is_refused_to_be_sent_again(
    open_store: OpenStore, open_proxy: OpenProxy
) -> None:
    proxy, uri = await open_proxy(inserts_into("events_20261123"))
    store = await open_store(uri=uri, retry_seconds=0.2, call_timeout_ms=500)
    proxy.requests_to_lose = 10_000
    with pytest.raises(Unavailable):
        await store.events.record([watched("e")])
    proxy.requests_to_lose = 0
    assert await once_back(lambda: store.events.record([watched("e")])) == Recorded(1, 0)


@pytest.mark.gen_test
async def test_closing_writes_what_waits(open_store: OpenStore, raw: Any) -> None:
    store = await open_store()
    waiting = asyncio.ensure_future(store.events.record([watched("e")]))
    await asyncio.sleep(0)
    await store.events.close()
    assert await waiting == Recorded(1, 0)
    assert raw["events_20261123"].count_documents({}) == 1


def test_a_day_is_that_of_utc() -> None:
    assert collection_name(MIDNIGHT_MS - 1) == "events_20261122"
    assert collection_name(MIDNIGHT_MS) == "events_20261123"
