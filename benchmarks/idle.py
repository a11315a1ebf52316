"""What a connection costs that does nothing: resident memory of a real node with 10,000 of them, in step with their heartbeats.

    python benchmarks/idle.py [--connections 10000] [--parties 100]

Guests say hello, get their welcome and stay, spread over the parties of a node (`matinee serve --no-pipeline`) with storage;
beside it a plain Tornado `WebSocketHandler` that keeps its sockets in a set and knows nobody. The first hundred connections
are not counted: with them come what a node makes once. What the kernel keeps for a socket is in neither figure. Needs gcc.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from control import parties, web_process
from fanout import HERE, OURS, Talk, free_port
from running_node import running_node

FIRST = 100
SETTLE_SECONDS = 3
HOLD_SECONDS = 20
"""Longer than a heartbeat: each connection has been pinged."""


@contextmanager
def connected(load: Path, port: int, talk: Talk, members: int) -> Iterator[None]:
    """Hold connections to one room."""
    arguments = [load, port, talk.path, talk.hello, talk.ready, talk.message, talk.prefix, 1, members, 0, 0, 0, 3600]
    with subprocess.Popen([str(each) for each in arguments], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            assert running.stdout.readline().strip() == "begin", "not everybody came in"
            yield
            assert running.poll() is None, "somebody was not held"
        finally:
            running.terminate()


def measure(load: Path, port: int, process: psutil.Process, talks: list[Talk], connections: int) -> float:
    """Give the KiB of a connection, with as many to each room as come out even."""
    with ExitStack() as stack:
        stack.enter_context(connected(load, port, talks[0], FIRST))
        time.sleep(SETTLE_SECONDS)
        before = process.memory_info().rss
        for talk in talks:
            stack.enter_context(connected(load, port, talk, connections // len(talks)))
        time.sleep(HOLD_SECONDS)
        after = process.memory_info().rss
    return float(after - before) / 1024 / connections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--parties", type=int, default=100)
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for the servers too: they are our children
    if most < asked.connections + 1000:
        sys.exit(f"{asked.connections} connections need as many open files; this user may have {most}")
    with tempfile.TemporaryDirectory() as folder:
        load = Path(folder) / "load"
        subprocess.run(["gcc", "-O2", "-o", load, HERE / "load.c"], check=True)
        with running_node(MATINEE_RATE_LIMIT_WRITE="100000") as url:
            codes = asyncio.run(parties(url, asked.parties))
            talks = [OURS._replace(path=f"/ws/parties/{code}") for code in codes]
            ours = measure(load, int(urlsplit(url).port or 0), web_process(), talks, asked.connections)
        port = free_port()
        command = [sys.executable, HERE / "peers.py", "tornado", port]
        with subprocess.Popen([str(each) for each in command], stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            server.stdout.readline()
            plain = measure(load, port, psutil.Process(server.pid), [Talk(path="/r0")], asked.connections)
            server.terminate()
    print(
        f"{asked.connections} idle connections held, {asked.connections // asked.parties} to each of {asked.parties} parties:"
    )
    print(f"  a real node {ours:.1f} KiB each, a plain Tornado handler {plain:.1f} KiB each: {ours / plain:.2f} x")


if __name__ == "__main__":
    main()
