"""Several web processes host the same parties: whoever lands where, all hear all, once and in order, also under fire."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from conf.clock import SystemClock
from matinee.simulate.rest import Rest
from realtime.client import CommandRefused, PartyClient, connect
from store.ids import new_id
from tests.drills.test_steady_fire import account
from tests.running_system import APART, RunningSystem

pytestmark = pytest.mark.drill

WORKERS, CLIENTS, ROUNDS = 2, 12, 40
PATIENCE_SECONDS = 40


@pytest.fixture(scope="module")
def system(data_folder: Callable[[str], Path]) -> Iterator[RunningSystem]:
    with RunningSystem(data_folder("workers"), "--workers", str(WORKERS), "--no-pipeline", **APART) as running:
        yield running


def processes(system: RunningSystem, *words: str) -> list[psutil.Process]:
    """Find the processes of the system in whose command line all `words` stand."""
    return [each for each in system.family() if all(word in " ".join(each.cmdline()) for word in words)]


def workers(system: RunningSystem) -> list[psutil.Process]:
    return processes(system, "matinee", " web ", "--socket")


def hosted(system: RunningSystem) -> list[int]:
    """Count each worker's sockets."""
    return [sum(each.status == "ESTABLISHED" and each.laddr.port == int(system.url.rpartition(":")[2])
                for each in worker.net_connections("tcp")) for worker in workers(system)]  # fmt: skip


async def party_of(system: RunningSystem) -> tuple[Rest, str, str]:
    rest, clock = Rest(system.url), SystemClock()
    host = await account(rest, clock, "host")
    made = await rest.call("POST", "/parties", {"title": "Workers"}, token=host.token, key=new_id(clock.now_ms()))
    return rest, made["id"], host.token


async def say(client: PartyClient, body: str) -> int:
    while True:
        try:
            return (await client.say(body)).seq
        except CommandRefused as refused:
            if refused.code not in {"rate_limited", "unavailable"}:
                raise
            await asyncio.sleep((refused.retry_after_ms or 500) / 1000)


async def talk(
    system: RunningSystem, between: Callable[[int], None] = lambda _round: None
) -> tuple[dict[str, int], list[dict[str, Any]], list[int]]:
    """Let everybody talk; give what was acknowledged, the log, and how many landed at each worker."""
    rest, party_id, token = await party_of(system)
    clock = SystemClock()
    clients = [
        await connect(system.url, party_id, clock=clock, guest=f"Guest {n}", client={"name": "drill"})
        for n in range(CLIENTS)
    ]
    landed = hosted(system)
    acknowledged: dict[str, int] = {}
    for round_ in range(ROUNDS):
        await asyncio.to_thread(between, round_)
        bodies = [f"{round_}-{n}" for n in range(CLIENTS)]
        seqs = await asyncio.gather(*(say(client, body) for client, body in zip(clients, bodies, strict=True)))
        acknowledged |= dict(zip(bodies, seqs, strict=True))
    top = max(acknowledged.values())
    async with asyncio.timeout(PATIENCE_SECONDS):
        for client in clients:
            await client.until(lambda party: party.seq >= top, PATIENCE_SECONDS)
    views = [sorted(message["id"] for message in client.party.chat) for client in clients]
    assert all(view == views[0] for view in views), "two nodes tell two stories"
    log: list[dict[str, Any]] = []
    while page := (await rest.call("GET", f"/parties/{party_id}/log?after={len(log)}&limit=100", token=token))["items"]:
        log += page
    for client in clients:
        await client.close()
    rest.close()
    await asyncio.sleep(0.5)  # the last sockets say goodbye
    return acknowledged, log, landed


def hold(acknowledged: dict[str, int], log: list[dict[str, Any]]) -> None:
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    places = {entry["message"]["body"]: entry["seq"] for entry in log if entry["t"] == "chat"}
    counts = Counter(entry["message"]["body"] for entry in log if entry["t"] == "chat")
    assert {body: places.get(body) for body in acknowledged} == acknowledged
    assert max(counts.values()) == 1
    assert len(acknowledged) == ROUNDS * CLIENTS


def hear_everything(system: RunningSystem, workers: int) -> None:
    acknowledged, log, landed = asyncio.run(talk(system))
    print(f"\n{CLIENTS} clients landed as {landed}, {len(acknowledged)} messages acknowledged, {len(log)} events")
    hold(acknowledged, log)
    assert len(landed) == workers
    assert sum(count > 0 for count in landed) > 1, "the kernel gave all of them to one worker: nothing was shown"


def test_everybody_hears_everything_wherever_they_landed(system: RunningSystem) -> None:
    hear_everything(system, WORKERS)


def test_three_workers_do_as_two_do(data_folder: Callable[[str], Path]) -> None:
    with RunningSystem(data_folder("three"), "--workers", "3", "--no-pipeline", **APART) as system:
        hear_everything(system, 3)


def test_a_worker_that_is_killed_costs_nothing(system: RunningSystem) -> None:
    def kill(round_: int) -> None:
        if round_ in {10, 25}:
            workers(system)[round_ % WORKERS].kill()

    acknowledged, log, _landed = asyncio.run(talk(system, kill))
    hold(acknowledged, log)


def test_a_bus_that_is_killed_is_healed_from_the_log(system: RunningSystem) -> None:
    def kill(round_: int) -> None:
        if round_ == 15:
            for nats in processes(system, "nats-server", "-c"):
                if "pipewatch" not in " ".join(nats.cmdline()):
                    os.kill(nats.pid, signal.SIGKILL)
            time.sleep(0.2)

    acknowledged, log, _landed = asyncio.run(talk(system, kill))
    hold(acknowledged, log)
