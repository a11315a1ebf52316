"""Live figures and finals agree: what a node counts while it happens is what the pipeline computes of the same events later.

Exactly: messages, reactions and, while nobody comes or goes, concurrent viewers. Drift is of other samples (what each player
told last, against every heartbeat), so of it only players that always told the same can be compared.
"""

from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import SystemClock, utc
from pipeline import schema
from pipeline.aggregations.party_report import party_reports
from store.database import Store
from store.documents import LiveBeat
from store.sketches import QUANTILE_ERROR, quantile
from tests.fakes.node import PARTY, Shelf
from tests.fakes.server import Client, Server
from tests.fakes.serving import until
from tests.pipeline.lakes import tables_from

pytestmark = [pytest.mark.websocket, pytest.mark.integration]

DRIFT_MS = 120.0


def shelf_over(store: Store) -> Shelf:
    shelf = Shelf()
    shelf.log, shelf.parties, shelf.events, shelf.beats = store.party_log, store.parties, store.events, store.live
    return shelf


def finals(mongo: Database[dict[str, Any]]) -> dict[str, Any]:
    """Compute the report of the party from what is in the database."""
    commits = list(mongo["party_log"].find())
    collections = [name for name in mongo.list_collection_names() if name.startswith("events_")]
    telemetry = [document for name in collections for document in mongo[name].find()]
    rows = [row for document in telemetry for row in schema.telemetry_rows(document)]
    return party_reports(tables_from(rows + [row for commit in commits for row in schema.log_rows(commit)]))[PARTY]


def level_at(curve: list[list[float]], at_ms: float) -> float:
    return next(level for at, level in reversed(curve) if at <= at_ms)


async def watch(client: Client, number: int) -> None:
    """Tell of the player what a heartbeat of the same moment tells."""
    fields = {"watched_ms": 1_000, "from_ms": 0, "to_ms": 1_000, "drift_ms": DRIFT_MS}
    await client.ask(t="status", state="playing", drift_ms=DRIFT_MS, rtt_ms=10, position_ms=1_000)
    await client.ask(t="telemetry", events=[{"event_id": f"{number:032x}", "type": "view.watched", **fields}])


async def quiet_moment(server: Server) -> tuple[float, LiveBeat]:
    """Take the figures at a moment before and after which nothing happens in the same millisecond."""
    clock = SystemClock()
    before_ms = clock.now_ms()
    await until(lambda: clock.now_ms() > before_ms + 2)
    at_ms, beat = clock.now_ms(), server.node.beats.now()
    await until(lambda: clock.now_ms() > at_ms + 2)
    return at_ms, beat


@pytest.mark.gen_test(timeout=30)
async def test_what_a_node_counts_is_what_the_pipeline_computes(store: Store, mongo: Database[dict[str, Any]]) -> None:
    server = Server(shelf_over(store))
    try:
        await server.node.create()
        clients = [await server.enter(name) for name in ("ann", "bob", "Gus", "Ida")]
        ann, bob, gus, ida = clients
        await ann.ask(t="play")
        assert [(await client.ask(t="chat.send", body="hello"))["t"] for client in (*clients, bob)] == ["ok"] * 5
        assert [(await client.ask(t="react", emoji="👏"))["t"] for client in (ann, bob, bob)] == ["ok"] * 3
        for number, client in enumerate(clients):
            await watch(client, number)
        full_ms, full = await quiet_moment(server)
        for client in (gus, ida):
            client.socket.close()
        await until(lambda: server.node.hub.connections() == 2)
        fewer_ms, fewer = await quiet_moment(server)
    finally:
        await server.close()
    report = finals(mongo)
    drawn = report["series"]["concurrent_viewers"]["points"]
    assert [beat.viewers for beat in (full, fewer)] == [4, 2]
    assert [level_at(drawn, at_ms) for at_ms in (full_ms, fewer_ms)] == [4, 2]
    sums = report["sums"]
    assert (full.chat, full.reactions) == (sums["chat_messages"], sums["reactions"]) == (5, 3)
    days = list(mongo["live_days"].find())
    counted = {name: sum(day[name] for day in days) for name in ("chat", "reactions", "joins")}
    assert counted == {"chat": 5, "reactions": 3, "joins": sum(1 for _ in clients)}
    assert all(day["whole"] for day in days)
    assert await store.live.beats(utc(fewer_ms)) == []  # the node has gone in order
    for q in (0.5, 0.95):
        live, final = (
            quantile({"counts": counts}, q) for counts in (full.drift, report["sketches"]["drift_ms"]["counts"])
        )
        assert live == final == pytest.approx(DRIFT_MS, rel=QUANTILE_ERROR)
