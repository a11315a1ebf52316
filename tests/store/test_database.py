import asyncio
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from conf.clock import SystemClock
from conf.metrics import NullMetrics
from matinee.mongod import EmbeddedMongod
from store import indexes
from store.clients import Driver
from store.database import Store, connect
from store.documents import User
from store.errors import AlreadyExists, Unavailable
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.mongo_proxy import inserts_into
from tests.store.conftest import OpenProxy, OpenStore, once_back, said

pytestmark = pytest.mark.integration


def user(user_id: str) -> User:
    return User(
        id=user_id,
        email="a@b.c",
        email_key="a@b.c",
        username="ann",
        username_key="ann",
        display_name="Ann",
        password_hash="",
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


@pytest.mark.gen_test
async def test_a_ping_tells_how_long_it_took(store: Store) -> None:
    assert 0 < await store.ping() < 5000


@pytest.mark.gen_test
async def test_connecting_makes_every_index_and_again_changes_nothing(open_store: OpenStore, raw: Any) -> None:
    for name in indexes.INDEXES:
        raw.drop_collection(name)
    await open_store()
    made = {name: raw[name].index_information() for name in indexes.INDEXES}
    assert {name: len(found) - 1 for name, found in made.items()} == {  # _id has its own
        name: len(models) for name, models in indexes.INDEXES.items()
    }
    assert made["party_log"]["party_id_1_seq_1"]["unique"] is True
    await open_store()
    assert {name: raw[name].index_information() for name in indexes.INDEXES} == made


@pytest.mark.gen_test(timeout=30)
async def test_without_a_database_connecting_says_so_in_time(driver: Driver) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: refused at once
        uri = f"mongodb://127.0.0.1:{taken.getsockname()[1]}/?directConnection=true"
        with pytest.raises(Unavailable):
            await connect(
                uri=uri,
                database="x",
                driver=driver,
                clock=SystemClock(),
                metrics=NullMetrics(),
                retry_seconds=0.1,
                call_timeout_ms=500,
            )


@pytest.mark.gen_test(timeout=30)
async def test_an_insert_whose_reply_was_lost_is_not_taken_for_somebody_elses(
    open_store: OpenStore, open_proxy: OpenProxy, raw: Any
) -> None:
    proxy, uri = await open_proxy(inserts_into("users"))
    metrics = RecordingMetrics()
    store = await open_store(uri=uri, metrics=metrics, call_timeout_ms=500)
    proxy.replies_to_lose = 10_000
    added = asyncio.ensure_future(store.users.add(user("1")))
    await metrics.counted("database.retries")
    proxy.replies_to_lose = 0
    await added
    assert raw.users.count_documents({}) == 1
    with pytest.raises(AlreadyExists):
        await store.users.add(user("2"))


@pytest.mark.gen_test
async def test_five_hundred_callers_are_all_served(store: Store, mongod: EmbeddedMongod) -> None:
    await store.users.add(user("1"))
    found = await asyncio.gather(*(store.users.by_id("1") for _ in range(500)))
    assert found == [user("1")] * 500


@pytest.mark.gen_test(timeout=30)
async def test_in_an_outage_a_queue_of_callers_gives_up_together(open_store: OpenStore, open_proxy: OpenProxy) -> None:
    proxy, uri = await open_proxy(inserts_into("users"))
    store = await open_store(uri=uri, retry_seconds=0.5, call_timeout_ms=500)
    clock = SystemClock()
    proxy.refusing = True
    started_ms = clock.now_ms()
    calls = [store.users.by_id("1") for _ in range(200)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert clock.now_ms() - started_ms < 5000  # one after the other, eight at a time, they would take 25 s
    with pytest.raises(Unavailable):
        await store.ping()
    proxy.refusing = False
    assert await once_back(lambda: store.users.by_id("1")) is None


@pytest.mark.gen_test
async def test_what_the_database_refuses_is_told_without_quoting_it(mongod: EmbeddedMongod, driver: Driver) -> None:
    with pytest.raises(Unavailable, match="Unauthorized") as refused:
        await connect(uri=mongod.uri, database="not_granted", driver=driver, clock=SystemClock(), metrics=NullMetrics())
    assert refused.value.__cause__ is None


@pytest.mark.gen_test
async def test_a_closed_store_is_unavailable(open_store: OpenStore) -> None:
    store = await open_store()
    await store.close()
    with pytest.raises(Unavailable):
        await store.users.by_id("1")
    with pytest.raises(Unavailable):
        await store.party_log.append("p", 1, [said(2)])
