"""Telemetry while MongoDB is away: what was acknowledged is stored once, in order, and what has no room is refused."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conf.clock import utc
from store.database import Store
from store.documents import Erasure, TelemetryEvent
from store.erasures import proof
from store.errors import NotStorable, Unavailable
from store.events import Recorded
from store.spool import Spool
from store.spooled_events import SpooledEvents
from tests.conftest import ExpectedLogs
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.mongo_proxy import MongoProxy, inserts_into
from tests.store.conftest import OpenProxy, OpenStore, once_back

pytestmark = pytest.mark.integration

MIDNIGHT_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z
DAY = "events_20261123"
EVERYTHING = 1_000_000


class Node:
    """A store with a spool, behind a proxy that loses what it is told to."""

    def __init__(self, store: Store, proxy: MongoProxy, folder: Path, metrics: RecordingMetrics) -> None:
        assert isinstance(store.events, SpooledEvents)
        self.store = store
        self.events = store.events
        self.proxy = proxy
        self.folder = folder
        self.metrics = metrics

    def lose(self) -> None:
        self.proxy.requests_to_lose = EVERYTHING

    async def heal(self) -> None:
        """Let writes through, and wait until the spool is empty."""
        self.proxy.requests_to_lose = self.proxy.replies_to_lose = 0
        while (bringing := self.events._bringing) is not None:
            await asyncio.wait([bringing])

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*/*.seg"))


@pytest.fixture
def open_node(open_store: OpenStore, open_proxy: OpenProxy, tmp_path: Path) -> Callable[..., Any]:
    names = iter("abcdef")

    async def opener(*, max_bytes: int = EVERYTHING) -> Node:
        proxy, uri = await open_proxy(inserts_into(DAY))
        metrics, folder = RecordingMetrics(), tmp_path / "spool"
        spool = Spool(folder, name=next(names), max_bytes=max_bytes, segment_bytes=2000)
        store = await open_store(uri=uri, metrics=metrics, call_timeout_ms=500, spool=spool)
        return Node(store, proxy, folder, metrics)

    return opener


def watched(event_id: str, received_ms: int = MIDNIGHT_MS, **fields: Any) -> TelemetryEvent:
    return TelemetryEvent(event_id=event_id, type="view.watched", at_ms=5, received_ms=received_ms, fields=fields)


def many(first: int, last: int) -> list[TelemetryEvent]:
    return [watched(f"e{number:04}", MIDNIGHT_MS + number) for number in range(first, last)]


@pytest.mark.gen_test(timeout=60)
async def test_while_all_is_well_nothing_is_spooled(open_node: Any, raw: Any) -> None:
    node = await open_node()
    assert await node.events.record(many(0, 3)) == Recorded(3, 0)
    assert await node.events.record(many(2, 4)) == Recorded(1, 1)
    assert await node.events.record([]) == Recorded(0, 0)
    assert (raw[DAY].count_documents({}), node.files(), node.metrics.gauges) == (4, [], {})


@pytest.mark.gen_test(timeout=60)
async def test_what_comes_while_the_database_is_away_is_stored_once_when_it_is_back(open_node: Any, raw: Any) -> None:
    node = await open_node()
    await node.events.record(many(0, 10))
    node.lose()
    assert await node.events.record(many(10, 20)) == Recorded(10, 0)
    answers = await asyncio.gather(*(node.events.record(many(n, n + 5)) for n in range(20, 120, 5)))
    assert answers == [Recorded(5, 0)] * 20
    assert await node.events.record(many(115, 121)) == Recorded(1, 5)
    assert raw[DAY].count_documents({}) == 10
    assert node.metrics.gauges["spool.bytes"] == sum(file.stat().st_size for file in node.files())
    await node.heal()
    stored = list(raw[DAY].find(sort=[("_id", 1)]))
    assert [(row["_id"], row["received_ms"]) for row in stored] == [(e.event_id, e.received_ms) for e in many(0, 121)]
    assert (node.files(), node.metrics.gauges["spool.bytes"]) == ([], 0)
    assert await once_back(lambda: node.events.record(many(120, 122))) == Recorded(1, 1)
    assert node.files() == []


@pytest.mark.gen_test(timeout=60)
async def test_a_write_that_landed_and_was_never_answered_is_not_stored_twice(open_node: Any, raw: Any) -> None:
    node = await open_node()
    node.proxy.replies_to_lose = EVERYTHING
    assert await node.events.record(many(0, 5)) == Recorded(5, 0)
    assert raw[DAY].count_documents({}) == 5
    await node.heal()
    assert raw[DAY].count_documents({}) == 5


@pytest.mark.gen_test(timeout=60)
async def test_a_full_spool_refuses_whole_calls_and_takes_them_when_there_is_room_again(
    open_node: Any, raw: Any, logs: ExpectedLogs
) -> None:
    node = await open_node(max_bytes=3000)
    node.lose()
    await node.events.record(many(0, 1))
    with logs.expect("spool_refuses"):
        calls = [node.events.record(many(n, n + 10)) for n in range(1, 101, 10)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    taken = [n for n, outcome in enumerate(outcomes) if outcome == Recorded(10, 0)]
    refused = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Unavailable)]
    assert taken
    assert len(taken) + len(refused) == 10
    assert node.metrics.counts["spool.refused"] == 10 * len(refused) > 0
    await node.heal()
    stored = {row["_id"] for row in raw[DAY].find()}
    expected = many(0, 1) + [event for n in taken for event in many(1 + 10 * n, 11 + 10 * n)]
    assert stored == {event.event_id for event in expected}
    for n in refused:
        again = await once_back(lambda n=n: node.events.record(many(1 + 10 * n, 11 + 10 * n)))  # type: ignore[misc]
        assert again == Recorded(10, 0)
    assert raw[DAY].count_documents({}) == 101


@pytest.mark.gen_test(timeout=60)
async def test_what_cannot_be_stored_is_not_spooled(open_node: Any) -> None:
    node = await open_node()
    node.lose()
    await node.events.record(many(0, 1))
    with pytest.raises(NotStorable):
        await node.events.record([watched("x", n=2**63)])
    await node.heal()


@pytest.mark.gen_test(timeout=60)
async def test_the_next_process_brings_what_this_one_had_no_time_for(open_node: Any, raw: Any) -> None:
    first = await open_node()
    first.lose()
    await first.events.record(many(0, 50))
    await first.store.close()
    assert raw[DAY].count_documents({}) == 0
    second = await open_node()
    await second.heal()
    assert {row["_id"] for row in raw[DAY].find()} == {event.event_id for event in many(0, 50)}
    assert second.files() == []


@pytest.mark.gen_test(timeout=60)
async def test_an_account_that_was_erased_meanwhile_comes_in_under_its_pseudonym(open_node: Any, raw: Any) -> None:
    node = await open_node()
    node.lose()
    await node.events.record(many(0, 1))
    hers = TelemetryEvent(
        event_id="hers", type="t", at_ms=1, received_ms=MIDNIGHT_MS, user_id="erika", session_id="rest-erika-tv"
    )
    his = TelemetryEvent(event_id="his", type="t", at_ms=1, received_ms=MIDNIGHT_MS, user_id="max", session_id="s")
    await node.events.record([hers, his])
    now = utc(MIDNIGHT_MS)
    await node.store.erasures.begin(Erasure(id=proof("erika"), pseudonym="x1", begun_at=now, due_at=now))
    await node.heal()
    rows = {row["_id"]: (row["user_id"], row["session_id"]) for row in raw[DAY].find({"user_id": {"$ne": None}})}
    assert rows == {"hers": ("x1", "rest-x1-tv"), "his": ("max", "s")}
