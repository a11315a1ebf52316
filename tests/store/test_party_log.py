import asyncio
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from store.database import Store
from store.documents import PartyEvent
from store.errors import NotStorable, SeqTaken, Unavailable
from store.ids import new_id
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.mongo_proxy import inserts_into
from tests.store.conftest import OpenProxy, OpenStore, once_back, said, said_from

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_what_was_appended_is_read_back_whole_and_in_order(store: Store) -> None:
    first = said(1, user_id="u", session_id="s", command_id="s:1", by="m1")
    await store.party_log.append("p", 0, [first])
    await store.party_log.append("p", 1, said_from(2, 3))
    await store.party_log.append("other", 0, said_from(1, 1))
    assert await store.party_log.read("p") == [first, *said_from(2, 3)]
    assert await store.party_log.top("p") == 4
    assert await store.party_log.top("nobody") == 0
    assert await store.party_log.read("nobody") == []


@pytest.mark.gen_test
async def test_reading_may_begin_and_stop_inside_a_commit(store: Store) -> None:
    await store.party_log.append("p", 0, said_from(1, 64))
    await store.party_log.append("p", 64, said_from(65, 2))
    assert [event.seq for event in await store.party_log.read("p", 63)] == [64, 65, 66]
    assert [event.seq for event in await store.party_log.read("p", 1, limit=2)] == [2, 3]
    assert [event.seq for event in await store.party_log.read("p", 64, limit=9)] == [65, 66]
    assert await store.party_log.read("p", 66) == []
    assert await store.party_log.read("p", 0, limit=0) == []


@pytest.mark.gen_test
async def test_one_append_is_one_document(store: Store, raw: Any) -> None:
    await store.party_log.append("p", 0, said_from(1, 5))
    commits = list(raw.party_log.find())
    assert [(commit["party_id"], commit["seq"], commit["last_seq"]) for commit in commits] == [("p", 1, 5)]
    assert [event["seq"] for event in commits[0]["events"]] == [1, 2, 3, 4, 5]
    assert "by" not in commits[0]["events"][0]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("expected_seq", "events"),
    [(2, []), (2, said_from(4, 1)), (2, [said(3), said(5)]), (2, said_from(3, 65)), (3, said_from(4, 1))],
    ids=["none", "a gap before", "a gap within", "more than 64", "beyond the end"],
)
async def test_what_would_break_the_numbering_is_refused(
    store: Store, expected_seq: int, events: list[PartyEvent]
) -> None:
    await store.party_log.append("p", 0, said_from(1, 2))
    with pytest.raises(ValueError, match=r"."):
        await store.party_log.append("p", expected_seq, events)
    assert await store.party_log.top("p") == 2


@pytest.mark.gen_test
@pytest.mark.parametrize("expected_seq", [0, 1, 2])
async def test_a_seq_that_another_node_took_is_refused(open_store: OpenStore, expected_seq: int) -> None:
    here, there = await open_store(), await open_store()
    await there.party_log.append("p", 0, said_from(1, 3, "there"))
    with pytest.raises(SeqTaken) as refused:
        await here.party_log.append("p", expected_seq, said_from(expected_seq + 1, 2, "here"))
    assert (refused.value.party_id, refused.value.seq) == ("p", expected_seq + 1)
    await here.party_log.append("p", 3, said_from(4, 1, "here"))
    with pytest.raises(SeqTaken):
        await there.party_log.append("p", 3, said_from(4, 1, "there"))
    assert await there.party_log.read("p") == [*said_from(1, 3, "there"), said(4, "here")]


@pytest.mark.gen_test
async def test_of_two_appends_at_once_one_wins(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    for seq in range(20):
        tries = [store.party_log.append("p", seq, [said(seq + 1, str(n))]) for n, store in enumerate(stores * 2)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["SeqTaken"] * 3]
        winner = outcomes.index(None)
        assert (await stores[0].party_log.read("p", seq))[0].body["text"] == str(winner)


async def write_under_fire(
    log: Store, party_id: str, writer: str, appends: int, chance: random.Random
) -> list[list[str]]:
    """Append commits of 1 to 4 events, deciding again whenever another writer was faster; return the acknowledged."""
    acknowledged = []
    top = 0
    for number in range(appends):
        ids = [f"{writer}-{number}-{part}" for part in range(chance.randint(1, 4))]
        while True:
            events = [said(top + 1 + part, event_id) for part, event_id in enumerate(ids)]
            try:
                await log.party_log.append(party_id, top, events)
            except SeqTaken:
                top = await log.party_log.top(party_id)
                continue
            top += len(ids)
            break
        acknowledged.append(ids)
    return acknowledged


@pytest.mark.gen_test(timeout=60)
async def test_writers_on_two_nodes_leave_no_gap_no_double_and_no_half_commit(open_store: OpenStore, raw: Any) -> None:
    seed = random.randrange(2**32)
    stores = [await open_store(), await open_store()]
    parties = [f"party-{number}" for number in range(10)]
    writes = {
        (party_id, writer): write_under_fire(stores[writer % 2], party_id, str(writer), 8, random.Random(seed + writer))
        for party_id in parties
        for writer in range(4)
    }
    done = dict(zip(writes, await asyncio.gather(*writes.values()), strict=True))
    for party_id in parties:
        events = await stores[0].party_log.read(party_id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1)), f"seed {seed}"
        commits = raw.party_log.find({"party_id": party_id}).sort("seq")
        stored = [[event["body"]["text"] for event in commit["events"]] for commit in commits]
        acknowledged = [ids for writer in range(4) for ids in done[party_id, writer]]
        assert sorted(stored) == sorted(acknowledged), f"seed {seed}"
        for writer in range(4):  # each writer's own order is kept
            assert [ids for ids in stored if ids[0].startswith(f"{writer}-")] == done[party_id, writer], f"seed {seed}"


def nested(levels: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(levels):
        body = {"d": body}
    return body


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "body",
    [
        {"text": "\ud800"},
        {"n": 2**63},
        {"n": float("nan")},
        {"n": float("inf")},
        {"a\0b": 1},
        nested(200),
        nested(100_000),
        {"t": "x" * 9_000_000},
    ],
    ids=["lone surrogate", "2**63", "NaN", "infinity", "NUL in a key", "200 deep", "100,000 deep", "9 MB"],
)
async def test_a_value_that_cannot_be_stored_fails_alone(store: Store, body: dict[str, Any]) -> None:
    bad = PartyEvent(event_id="bad", seq=1, type="chat.sent", at_ms=1, body=body)
    appends = [store.party_log.append(f"p{n}", 0, [bad if n == 7 else said(1)]) for n in range(20)]
    outcomes = await asyncio.gather(*appends, return_exceptions=True)
    assert isinstance(outcomes.pop(7), NotStorable)
    assert outcomes == [None] * 19
    await store.party_log.append("p7", 0, [said(1)])


@pytest.mark.gen_test
async def test_appends_of_many_parties_share_commands(open_store: OpenStore, open_proxy: OpenProxy) -> None:
    proxy, uri = await open_proxy(inserts_into("party_log"))
    store = await open_store(uri=uri)
    await asyncio.gather(*(store.party_log.append(f"p{n}", 0, [said(1)]) for n in range(200)))
    assert proxy.seen <= 4


@pytest.mark.gen_test(timeout=30)
async def test_a_lost_reply_is_found_out_by_our_own_id(open_store: OpenStore, open_proxy: OpenProxy, raw: Any) -> None:
    proxy, uri = await open_proxy(inserts_into("party_log"))
    metrics = RecordingMetrics()
    store = await open_store(uri=uri, metrics=metrics, call_timeout_ms=500)
    await store.party_log.append("p", 0, [said(1)])
    proxy.replies_to_lose = 10_000
    both = [store.party_log.append(party, seq, [said(seq + 1)]) for party, seq in (("p", 1), ("q", 0))]
    appended = asyncio.gather(*both)
    await metrics.counted("log.retries")  # the driver's own repetitions are over
    proxy.replies_to_lose = 0
    await appended
    assert metrics.counts["log.conflicts"] == 0
    assert metrics.counts["log.commit_events"] == 3
    assert raw.party_log.count_documents({}) == 3


@pytest.mark.gen_test
async def test_a_lost_request_whose_seq_was_taken_meanwhile_is_a_conflict(
    open_store: OpenStore, open_proxy: OpenProxy
) -> None:
    proxy, uri = await open_proxy(inserts_into("party_log"))
    here, there = await open_store(uri=uri), await open_store()
    proxy.requests_to_lose = 100
    appended = asyncio.ensure_future(here.party_log.append("p", 0, [said(1, "here")]))
    await proxy.seen_times(3)
    await there.party_log.append("p", 0, [said(1, "there")])
    proxy.requests_to_lose = 0
    with pytest.raises(SeqTaken):
        await appended
    assert await here.party_log.read("p") == [said(1, "there")]


@pytest.mark.gen_test(timeout=30)
async def test_without_an_answer_in_time_the_outcome_is_said_to_be_unknown(
    open_store: OpenStore, open_proxy: OpenProxy
) -> None:
    proxy, uri = await open_proxy(inserts_into("party_log"))
    store = await open_store(uri=uri, retry_seconds=0.3, call_timeout_ms=500)
    proxy.requests_to_lose = 10_000
    outcomes = await asyncio.gather(
        *(store.party_log.append(f"p{n}", 0, [said(1)]) for n in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
    proxy.requests_to_lose = 0
    await once_back(lambda: store.party_log.read("p3"))
    await asyncio.gather(*(store.party_log.append(f"p{n}", 0, [said(1, "again")]) for n in range(5)))
    assert await store.party_log.read("p3") == [said(1, "again")]


@pytest.mark.gen_test
async def test_a_caller_that_goes_away_does_not_hold_its_party_up(store: Store) -> None:
    going = [asyncio.ensure_future(store.party_log.append("p", 0, [said(1, "gone")])) for _ in range(3)]
    for turns, task in enumerate(going):
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*going, return_exceptions=True)
    top = await store.party_log.top("p")
    assert top in {0, 1}
    try:
        await store.party_log.append("p", top, [said(top + 1)])
    except SeqTaken:  # the one in flight landed after we looked
        await store.party_log.append("p", 1, [said(2)])


@pytest.mark.gen_test
async def test_closing_writes_what_waits_and_takes_nothing_more(open_store: OpenStore, raw: Any) -> None:
    store = await open_store()
    waiting = [asyncio.ensure_future(store.party_log.append(f"p{n}", 0, [said(1)])) for n in range(50)]
    await asyncio.sleep(0)
    await store.party_log.close()
    await asyncio.gather(*waiting)
    assert raw.party_log.count_documents({}) == 50
    with pytest.raises(Unavailable):
        await store.party_log.append("p0", 1, [said(2)])


Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "stale", "read"]), st.integers(0, 1), st.integers(1, 64), st.integers(0, 80)),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_two_nodes_behave_like_one_list(open_store: OpenStore, io_loop: IOLoop, steps: list[Step]) -> None:
    io_loop.run_sync(lambda: follow(open_store, steps), timeout=30)


async def follow(open_store: OpenStore, steps: list[Step]) -> None:
    """Do `steps` on two nodes and on a list: both must say the same after each."""
    nodes = [await open_store(), await open_store()]
    party_id = new_id(0)
    model: list[PartyEvent] = []
    for what, node, count, back in steps:
        log = nodes[node].party_log
        if what == "read":
            after = max(0, len(model) - back)
            assert await log.read(party_id, after, limit=count) == model[after : after + count]
            assert await log.top(party_id) == len(model)
        elif what == "append":
            events = said_from(len(model) + 1, count)
            await log.append(party_id, len(model), events)
            model += events
        elif model:
            stale = max(0, len(model) - 1 - back)
            with pytest.raises(SeqTaken):
                await log.append(party_id, stale, said_from(stale + 1, count, "stale"))
    assert await nodes[0].party_log.read(party_id) == model
