"""Several workers that keep each party together: one of them serves all of its members, and when that dies another one does."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from conf.clock import SystemClock
from realtime.client import PartyClient, connect
from tests.drills.test_workers import hold, hosted, party_of, talk, workers
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

WORKERS, PARTIES, MEMBERS = 2, 20, 3


@pytest.fixture(scope="module")
def system(data_folder: Callable[[str], Path]) -> Iterator[RunningSystem]:
    with RunningSystem(data_folder("together"), "--workers", str(WORKERS), "--no-pipeline") as running:
        yield running


async def come_in(system: RunningSystem) -> list[list[int]]:
    """Fill some parties; tell after each how many sockets every worker has."""
    clients: list[PartyClient] = []
    counts = []
    for _ in range(PARTIES):
        rest, party_id, _token = await party_of(system)
        rest.close()
        clients += [
            await connect(system.url, party_id, clock=SystemClock(), guest=f"Guest {n}", client={"name": "drill"})
            for n in range(MEMBERS)
        ]
        counts.append(hosted(system))
    for client in clients:
        await client.close()
    await asyncio.sleep(0.5)  # the last sockets say goodbye
    return counts


def test_one_worker_has_all_of_a_party_and_each_worker_has_some_parties(system: RunningSystem) -> None:
    before, homes = [0] * WORKERS, []
    for counts in asyncio.run(come_in(system)):
        came = [now - then for now, then in zip(counts, before, strict=True)]
        assert sorted(came) == [0] * (WORKERS - 1) + [MEMBERS], "a party is in two places"
        homes.append(came.index(MEMBERS))
        before = counts
    assert set(homes) == set(range(WORKERS)), "chance has all of them at one worker once in half a million times"


def test_a_party_whose_worker_is_killed_goes_on_at_another(system: RunningSystem) -> None:
    killed: list[psutil.Process] = []

    def kill(round_: int) -> None:
        if round_ in {10, 25}:
            serving = max(zip(hosted(system), workers(system), strict=True), key=lambda each: each[0])[1]
            killed.append(serving)
            serving.kill()

    acknowledged, log, landed = asyncio.run(talk(system, kill))
    hold(acknowledged, log)
    assert len(killed) == 2
    assert sum(count > 0 for count in landed) == 1
