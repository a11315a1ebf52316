"""How many commands a second a node acknowledges, with its real sockets, sessions, engine and storage (majority, journal).

    python benchmarks/commands.py [--seconds 3] [--rounds 3] [--room-seconds 20] [--driver motor|pymongo] [--inbound]

A node (`matinee serve --no-pipeline`) and its mongod run beside the load, on all cores. Guests say things and seek, in a
closed loop: the parties of each shape have two members each, and so many commands under way. The limit stands beside it
(the same log, with nothing around it), and the plain way (`commands/peer.py`), in turns on the same mongod. Then one party of 500
members, each of whom says something once in 10 s: how long until everybody has it. `--inbound` tells what each step of a
command costs, with storage off. Needs gcc.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import log
import psutil
from commands_inbound import tell_inbound
from fanout import free_port
from own_mongod import own_mongod
from running_node import Lines, Strangers, running_node, signed_in

from conf import logs
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from store.database import connect

HERE = Path(__file__).parent / "commands"
PASSWORD = "correct horse battery"
MEMBERS = 2
ROOM_MEMBERS, ROOM_EVERY_MS = 500, 10_000
SETTINGS = {"MATINEE_SOCKET_FRAMES_PER_SECOND": "100000", "MATINEE_RATE_LIMIT_WRITE": "100000"}
"""A closed loop says more than the 10 frames a second of people. They are counted all the same."""


class Shape(NamedTuple):
    parties: int
    in_flight: int
    """In each party."""


SHAPES = (Shape(1, 1), Shape(1, 64), Shape(10, 20), Shape(200, 1), Shape(200, 4))


class Bench(NamedTuple):
    """What all measurements share."""

    load: Path
    uri: str
    mongod: psutil.Process
    asked: Any


class Server(NamedTuple):
    """Something that is loaded: its port, its processes, and the codes of its parties."""

    port: int
    processes: list[psutil.Process]
    codes: list[str]


def used(processes: list[psutil.Process]) -> float:
    """Give the CPU seconds that processes have used."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def run_load(bench: Bench, server: Server, shape: list[float], codes: list[str]) -> dict[str, Any]:
    """Run the load once; its figures, with the CPU µs of each side for a command."""
    arguments = [bench.load, server.port, *shape, *codes]
    with subprocess.Popen([str(each) for each in arguments], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == "begin"
        node_before, mongod_before = used(server.processes), used([bench.mongod])
        figures: dict[str, Any] = json.loads(running.stdout.readline())
        node, database = used(server.processes) - node_before, used([bench.mongod]) - mongod_before
    each = 1e6 / max(1, figures["answers"])
    figures |= {"node_us": node * each, "mongod_us": database * each, "load_us": figures["cpu"] * each}
    figures["per_second"] = figures["answers"] / figures["seconds"]
    return figures


@contextmanager
def peer(uri: str) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    command = [sys.executable, str(HERE / "peer.py"), str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "MONGO_URI": uri}
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() == "ready"
        try:
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()


async def parties(url: str, count: int) -> list[str]:
    """Open so many parties, in which guests may do everything; give their codes."""
    lines = Lines(url)
    token = await signed_in(lines, "ada", PASSWORD)
    codes = []
    for number in range(count):
        party = {"title": f"Party {number}", "settings": {"control": "everyone"}}
        status, _, body = await lines.ask("POST", "/parties", party, Authorization=f"Bearer {token}")
        assert status == 201, (status, body[:200])
        codes.append(str(json.loads(body)["code"]))
    return codes


async def bare(bench: Bench, shape: Shape) -> log.Result:
    """Append to the same log, with nothing around it: as many callers as commands that may share a commit."""
    store = await connect(
        uri=bench.uri, database="matinee", driver=bench.asked.driver, clock=SystemClock(), metrics=NullMetrics()
    )

    async def append(party_id: str, seq: int) -> None:
        await store.party_log.append(party_id, seq, [log.event(seq + 1)])

    try:
        return await log.measure(append, shape.parties, shape.parties, bench.asked.seconds)
    finally:
        await store.close()


def tell(name: str, rows: list[dict[str, Any]], ours: float) -> None:
    def middle(figure: str, of: str = "") -> float:
        return statistics.median((row[of] if of else row)[figure] for row in rows)

    rate = middle("per_second")
    print(
        f"  {name:12} {rate:10,.0f} {middle('p50_ms', 'answered'):8.1f} {middle('p99_ms', 'answered'):8.1f}"
        f" {middle('node_us'):10.0f} {middle('mongod_us'):8.0f} {middle('load_us'):6.0f} {ours / rate:9.2f} x",
        flush=True,
    )


def closed_loop(bench: Bench, ours: Server, plain: Server) -> None:
    asked = bench.asked
    print(
        f"acknowledged commands/s, medians of {asked.rounds} rounds of {asked.seconds:g} s, {MEMBERS} members a party"
    )
    print(
        f"  {'':12} {'commands/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'server µs':>10} {'mongod':>8} {'load':>6}   ours is"
    )
    at = 0
    for shape in SHAPES:
        codes, at = ours.codes[at : at + shape.parties], at + shape.parties
        rows: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
        limits = []
        for _ in range(asked.rounds):  # in turns: what disturbs the machine disturbs all of them
            for name, server in (("ours", ours), ("plain", plain)):
                numbers = [MEMBERS, shape.in_flight, 0, 0.5, asked.seconds]
                rows[name].append(run_load(bench, server, numbers, codes))
            limits.append(asyncio.run(bare(bench, shape)))
        print(f"{shape.parties} parties, {shape.in_flight} commands under way in each")
        rate = statistics.median(row["per_second"] for row in rows["ours"])
        for name, figures in rows.items():
            tell(name, figures, rate)
        limit = statistics.median(each.per_second for each in limits)
        p50, p99 = (statistics.median(getattr(each, name) for each in limits) for name in ("p50_ms", "p99_ms"))
        print(
            f"  {'the log alone':12} {limit:9,.0f} {p50:8.1f} {p99:8.1f}   (one event an append) {rate / limit:19.2f} x"
        )


def one_room(bench: Bench, ours: Server) -> None:
    figures = run_load(bench, ours, [ROOM_MEMBERS, 0, ROOM_EVERY_MS, 3, bench.asked.room_seconds], ours.codes[-1:])
    print(f"\none party of {ROOM_MEMBERS} members, each says something once in {ROOM_EVERY_MS / 1000:g} s")
    for name, said in (("answered", "from send to its answer"), ("everybody", "until everybody has it")):
        row = figures[name]
        print(
            f"  {said:24} p50 {row['p50_ms']:6.1f}  p99 {row['p99_ms']:6.1f}  max {row['max_ms']:6.1f} ms  ({row['count']})"
        )
    busy = {
        side: figures[f"{side}_us"] * figures["answers"] / 1e6 / figures["seconds"]
        for side in ("node", "mongod", "load")
    }
    print("  " + ", ".join(f"{side} {share:.0%} of a core" for side, share in busy.items()))


def with_storage(asked: Any) -> None:
    strangers = Strangers()
    with tempfile.TemporaryDirectory() as folder, own_mongod() as uri:
        load = Path(folder) / "load"
        subprocess.run(["gcc", "-O2", "-o", load, HERE / "load.c"], check=True)
        mongod = next(child for child in psutil.Process().children(recursive=True) if child.name() == "mongod")
        bench = Bench(load, uri, mongod, asked)
        settings = {**SETTINGS, "MATINEE_MONGO_URI": uri, "MATINEE_MONGO_DRIVER": asked.driver}
        before = {child.pid for child in psutil.Process().children(recursive=True)}
        with running_node(**settings) as url, peer(uri) as (peer_port, peer_process):
            ours = [
                child
                for child in psutil.Process().children(recursive=True)
                if child.pid not in before and child.pid != peer_process.pid
            ]
            codes = asyncio.run(parties(url, sum(shape.parties for shape in SHAPES) + 1))
            node = Server(int(urlsplit(url).port or 0), ours, codes)
            if asked.seconds:
                closed_loop(bench, node, Server(peer_port, [peer_process], codes))
            if asked.room_seconds:
                one_room(bench, node)
    print(f"{strangers.share():.0%} of the processor went to other programs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--room-seconds", type=float, default=20)
    parser.add_argument("--driver", choices=["motor", "pymongo"], default="motor")
    parser.add_argument("--inbound", action="store_true")
    asked = parser.parse_args()
    logs.configure("warning")
    if asked.inbound:
        tell_inbound()
    else:
        with_storage(asked)


if __name__ == "__main__":
    main()
