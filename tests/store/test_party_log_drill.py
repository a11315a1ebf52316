"""kill -9 of mongod while parties write: what was acknowledged is there, once, and no seq is missing."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from conf.clock import SystemClock
from conf.metrics import NullMetrics
from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod
from store.clients import Driver
from store.database import Store, connect
from store.errors import SeqTaken, Unavailable
from tests.conftest import ExpectedLogs
from tests.store.conftest import said

pytestmark = pytest.mark.drill

KILLS = int(os.environ.get("DRILL_KILLS", "2"))
PARTIES, WRITERS = 12, 2


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[EmbeddedMongod]:
    embedded = EmbeddedMongod(tmp_path, load_or_create(tmp_path, {}))
    embedded.start()
    yield embedded
    embedded.stop()


class Writer:
    """Appends until it is told to stop, and knows what was acknowledged and what was left in doubt."""

    def __init__(self, store: Store, party_id: str, name: str) -> None:
        self._log = store.party_log
        self._party_id = party_id
        self._name = name
        self.acknowledged: list[str] = []
        self.in_doubt: list[str] = []

    async def run(self, over: asyncio.Event) -> None:
        number = top = 0
        while not over.is_set():
            text = f"{self._name}-{number}"
            try:
                await self._log.append(self._party_id, top, [said(top + 1, text), said(top + 2, text)])
            except SeqTaken:
                top = await self._log.top(self._party_id)
                continue
            except Unavailable:
                self.in_doubt.append(text)
                top = await self._log.top(self._party_id)
            else:
                top += 2
                self.acknowledged.append(text)
            number += 1


async def kill_and_restart(mongod: EmbeddedMongod) -> None:
    os.kill(mongod.pid, signal.SIGKILL)
    while mongod.alive():  # noqa: ASYNC110 - another process ends
        await asyncio.sleep(0.01)
    await asyncio.to_thread(mongod.start)


async def progress(writers: list[Writer], commits: int = 100) -> None:
    """Wait until so many more commits have been acknowledged."""
    enough = sum(len(writer.acknowledged) for writer in writers) + commits
    while sum(len(writer.acknowledged) for writer in writers) < enough:  # noqa: ASYNC110 - twenty-four places to watch
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_kill_9_of_mongod_loses_and_doubles_nothing(
    own_mongod: EmbeddedMongod, driver: Driver, io_loop: IOLoop, logs: ExpectedLogs
) -> None:
    logs.allow("a batch could not be written")

    async def drill() -> list[Writer]:
        nodes = [
            await connect(
                uri=own_mongod.uri, database="matinee", driver=driver, clock=SystemClock(), metrics=NullMetrics()
            )
            for _ in range(WRITERS)
        ]
        writers = [
            Writer(node, f"p{party}", f"{party}.{number}")
            for party in range(PARTIES)
            for number, node in enumerate(nodes)
        ]
        over = asyncio.Event()
        running = [asyncio.ensure_future(writer.run(over)) for writer in writers]
        for _ in range(KILLS):
            await progress(writers)
            await kill_and_restart(own_mongod)
        await progress(writers)
        over.set()
        await asyncio.gather(*running)
        for node in nodes:
            await node.close()
        return writers

    writers = io_loop.run_sync(drill, timeout=60 + 20 * KILLS)
    with MongoClient[dict[str, Any]](own_mongod.uri) as client:
        commits = list(client.matinee.party_log.find().sort([("party_id", 1), ("seq", 1)]))
    for party in range(PARTIES):
        ours = [commit for commit in commits if commit["party_id"] == f"p{party}"]
        seqs = [event["seq"] for commit in ours for event in commit["events"]]
        assert seqs == list(range(1, len(seqs) + 1))
        texts = [{event["body"]["text"] for event in commit["events"]} for commit in ours]
        assert all(len(text) == 1 for text in texts)
    stored = [commit["events"][0]["body"]["text"] for commit in commits]
    acknowledged = [text for writer in writers for text in writer.acknowledged]
    in_doubt = {text for writer in writers for text in writer.in_doubt}
    print(f"\n{driver}: {KILLS} kills, {len(acknowledged)} commits acknowledged, {len(in_doubt)} in doubt")
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)
    assert set(stored) <= set(acknowledged) | in_doubt
