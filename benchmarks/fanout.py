"""One message to everybody: deliveries a second of our real socket beside other makers' relays and a loop of send(2) in C.

    python benchmarks/fanout.py [--seconds 3] [--rounds 3] [--only matinee,tornado]

Ours decodes a chat command, decides it, keeps it (in memory: storage is benchmarks/log.py's subject), encodes the event and
sends it to every member; the others pass 200 bytes on as they are. Server and load have a core each. Needs gcc; Node's `ws`
is fetched by npm where there is one; `picows` and `websockets` are measured where they are installed.
"""

import argparse
import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

HERE = Path(__file__).parent / "fanout"
RELAYED = json.dumps({"t": "chat", "body": "x" * 177}, separators=(",", ":"))
SERVER_CORE, LOAD_CORE = 0, 1


class Shape(NamedTuple):
    name: str
    rooms: int
    members: int
    in_flight: int


SHAPES = (
    Shape("1 x 1,000, one in flight", 1, 1000, 1),
    Shape("1 x 1,000, four in flight", 1, 1000, 4),
    Shape("100 x 10, one in flight each", 100, 10, 1),
)


class Talk(NamedTuple):
    """How the load speaks to a server: arguments of load.c."""

    path: str = "/r%d"
    hello: str = ""
    ready: str = ""
    message: str = RELAYED
    prefix: str = '{"t":"chat"'


OURS = Talk(
    path="/ws/parties/BENCH%03d",
    hello='{"t":"hello","guest":"Bench"}',
    ready='{"t":"welcome"',
    message=json.dumps({"t": "chat.send", "body": "x" * 20}, separators=(",", ":")),
    prefix='{"t":"chat"',
)


def peers(tools: Path) -> dict[str, tuple[list[Any], Talk]]:
    """Name what can be measured on this machine: commands, to which the port is added, and how to talk to them."""
    found: dict[str, tuple[list[Any], Talk]] = {"C send(2)": ([tools / "send_loop"], Talk())}
    for name in ("picows", "websockets"):
        if importlib.util.find_spec(name):
            found[name] = ([sys.executable, HERE / "peers.py", name], Talk())
    if shutil.which("node") and (tools / "node_modules" / "ws").exists():
        found["Node ws"] = (["env", f"WS_PATH={tools}", "node", HERE / "peer_ws.mjs"], Talk())
    found["tornado"] = ([sys.executable, HERE / "peers.py", "tornado"], Talk())
    found["matinee"] = ([sys.executable, HERE / "serve.py"], OURS)
    return found


def build(tools: Path) -> None:
    for name in ("load", "send_loop"):
        subprocess.run(["gcc", "-O2", "-o", tools / name, HERE / f"{name}.c"], check=True)
    if shutil.which("npm"):
        subprocess.run(["npm", "install", "--silent", "--prefix", tools, "ws@8"], check=False, capture_output=True)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def served(command: list[Any], rooms: int) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    extra = [str(rooms)] if str(command[-1]).endswith("serve.py") else []
    pinned = ["taskset", "-c", str(SERVER_CORE), *map(str, command), str(port), *extra]
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() == "ready", command
        try:
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()


def measure(
    load: Path, command: list[Any], talk: Talk, shape: Shape, *, seconds: float, interval_us: float = 0
) -> dict[str, float]:
    """Run one load against a fresh server; its figures, with the server's CPU µs for each delivery."""
    with served(command, shape.rooms) as (port, process):
        arguments = [port, talk.path, talk.hello, talk.ready, talk.message, talk.prefix]
        arguments += [shape.rooms, shape.members, shape.in_flight, interval_us, 0.5, seconds]
        pinned = ["taskset", "-c", str(LOAD_CORE), str(load), *map(str, arguments)]
        with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline().strip() == "begin"
            before = sum(process.cpu_times()[:2])
            figures: dict[str, float] = json.loads(running.stdout.readline())
            cpu = sum(process.cpu_times()[:2]) - before
    figures["per_second"] = figures["deliveries"] / figures["seconds"]
    figures["cpu_us"] = 1e6 * cpu / max(1, figures["deliveries"])
    figures["client_busy"] = figures["client_cpu"] / figures["seconds"]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if (os.cpu_count() or 1) <= LOAD_CORE:
        sys.exit("server and load need a core each")
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder)
        build(tools)
        found = {name: peer for name, peer in peers(tools).items() if not asked.only or name in asked.only.split(",")}
        for shape in SHAPES:
            rows: dict[str, list[dict[str, float]]] = {name: [] for name in found}
            for _ in range(asked.rounds):  # in turns: what disturbs the machine disturbs all of them
                for name, (command, talk) in found.items():
                    rows[name].append(measure(tools / "load", command, talk, shape, seconds=asked.seconds))
            tell(shape, rows)


def tell(shape: Shape, rows: dict[str, list[dict[str, float]]]) -> None:
    print(f"\n{shape.name}: median of {len(next(iter(rows.values())))} rounds")
    print(f"{'':12} {'deliveries/s':>13} {'CPU µs each':>12} {'p50 ms':>8} {'p99 ms':>8} {'load CPU':>9}  matinee is")

    def middle(name: str, figure: str) -> float:
        return statistics.median(row[figure] for row in rows[name])

    for name in rows:
        ratio = middle("matinee", "per_second") / middle(name, "per_second") if "matinee" in rows else 0.0
        print(
            f"{name:12} {middle(name, 'per_second'):13,.0f} {middle(name, 'cpu_us'):12.1f} {middle(name, 'p50_ms'):8.1f}"
            f" {middle(name, 'p99_ms'):8.1f} {middle(name, 'client_busy'):9.0%}  {ratio:.2f} x"
        )


if __name__ == "__main__":
    main()
