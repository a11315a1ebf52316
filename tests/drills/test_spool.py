"""mongod and then the web node killed -9 while telemetry comes in: what was acknowledged is stored, each event once."""

import asyncio
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from conf.clock import SystemClock
from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod
from matinee.simulate.people import Party
from matinee.simulate.rest import Rest
from realtime.client import CommandRefused, PartyClient, connect
from store.ids import new_id
from tests.drills.test_steady_fire import account
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

SENDERS = 4
BATCH = 20
AWAY_SECONDS = 6.0
"""Three times as long as a web node is patient."""
ENOUGH = 15
"""Batches of each sender that are acknowledged in one stage."""


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[EmbeddedMongod]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "database"
    embedded = EmbeddedMongod(folder, load_or_create(folder, {}), port=port)
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture
def system(own_mongod: EmbeddedMongod, tmp_path: Path) -> Iterator[RunningSystem]:
    with RunningSystem(tmp_path / "data", "--no-pipeline", MATINEE_MONGO_URI=own_mongod.uri) as running:
        yield running


class Sender:
    """Sends batch after batch, again and again until it is acknowledged, as a player does."""

    def __init__(self, client: PartyClient) -> None:
        self.client = client
        self.acknowledged: list[str] = []
        self.batches = 0

    async def send(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            now_ms = SystemClock().now_ms()
            events: list[dict[str, Any]] = [
                {"event_id": new_id(now_ms), "type": "view.watched", "watched_ms": 1} for _ in range(BATCH)
            ]
            await self._send(events)
            self.acknowledged += [event["event_id"] for event in events]
            self.batches += 1
            await asyncio.sleep(0.05)

    async def _send(self, events: list[dict[str, Any]]) -> None:
        while True:
            try:
                await self.client._connection.command("telemetry", {"events": events}, None)
            except CommandRefused as refused:
                await asyncio.sleep((refused.retry_after_ms or 500) / 1000)
            else:
                return


def spooled(system: RunningSystem) -> int:
    return sum(file.stat().st_size for file in (system.data / "spool").glob("*/*.seg"))


async def acknowledged(senders: list[Sender], more: int) -> None:
    """Wait until each sender has had so many more batches acknowledged."""
    wanted = [sender.batches + more for sender in senders]
    async with asyncio.timeout(120):
        while any(sender.batches < least for sender, least in zip(senders, wanted, strict=True)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def outage(system: RunningSystem, mongod: EmbeddedMongod) -> list[Sender]:
    rest, clock = Rest(system.url), SystemClock()
    host = await account(rest, clock, "host")
    made = await rest.call("POST", "/parties", {"title": "Outage"}, token=host.token, key=new_id(clock.now_ms()))
    party = Party(id=made["id"], code=made["code"])
    senders = []
    for number in range(SENDERS):
        who = await account(rest, clock, f"sender{number}")
        senders.append(Sender(await connect(rest.url, party.id, clock=clock, token=who.token)))
    stop = asyncio.Event()
    sending = asyncio.gather(*(sender.send(stop) for sender in senders))
    await acknowledged(senders, ENOUGH)
    assert spooled(system) == 0
    os.kill(mongod.pid, signal.SIGKILL)
    away_since = time.monotonic()
    await acknowledged(senders, ENOUGH)  # from the disk alone
    await asyncio.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - away_since)))
    assert spooled(system) > 0
    web = system.pid("web")
    os.kill(web, signal.SIGKILL)
    while mongod.alive():  # noqa: ASYNC110 - another process ends
        await asyncio.sleep(0.01)
    await asyncio.to_thread(mongod.start)
    await acknowledged(senders, ENOUGH)  # by the next web node
    assert system.pid("web") != web
    os.kill(mongod.pid, signal.SIGKILL)  # and a short one, that is over before anybody is impatient
    while mongod.alive():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.to_thread(mongod.start)
    await acknowledged(senders, ENOUGH)
    stop.set()
    await asyncio.wait_for(sending, 60)
    for sender in senders:
        await sender.client.close()
    rest.close()
    async with asyncio.timeout(60):
        while spooled(system):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return senders


def test_every_acknowledged_event_is_stored_once(system: RunningSystem, own_mongod: EmbeddedMongod) -> None:
    senders = asyncio.run(outage(system, own_mongod))
    with MongoClient[dict[str, Any]](own_mongod.uri) as client:
        database = client["matinee"]
        days = [name for name in database.list_collection_names() if name.startswith("events_")]
        stored = Counter(row["_id"] for day in days for row in database[day].find({"type": "view.watched"}, {"_id": 1}))
        comings = Counter(row["type"] for day in days for row in database[day].find({"type": {"$regex": "^party"}}))
    sent = [event_id for sender in senders for event_id in sender.acknowledged]
    print(f"\n{len(sent)} events acknowledged, {len(stored)} stored, {dict(comings)}")
    assert len(set(sent)) == len(sent) >= 4 * ENOUGH * BATCH * SENDERS
    assert [event_id for event_id, count in stored.items() if count > 1] == []
    assert set(stored) == set(sent)
    assert comings["party.joined"] >= 2 * SENDERS
