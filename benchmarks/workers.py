"""What a second web process brings: deliveries a second, and for each second of processor, with one worker and with two.

    python benchmarks/workers.py [--seconds 5] [--rounds 3]

`matinee serve --workers 1` and `--workers 2` in turns, everything on: mongod with its journal, NATS between two workers, real
sockets. Guests of many parties chat (fanout/load.c). Two workers have twice the parties of one: who has less under way puts fewer
messages into a send and fewer commits into a batch, and looks worse for being faster. They keep each party together, or have
every connection where the kernel puts it (apart). All of it shares the machine, so with two cores a second worker can only have
what the load, mongod and NATS leave; the work that a delivery costs the workers says what it would bring on a machine with a core
for each. How fast the machine is changes from run to run, for the load as well: the same is told with its work as the measure.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import fanout
import psutil
from running_node import Lines, running_node, signed_in

SHAPES = (
    fanout.Shape("4 parties of 250 for each worker, one message under way in each", 4, 250, 1),
    fanout.Shape("20 parties of 50 for each worker, two under way in each", 20, 50, 2),
    fanout.Shape("100 parties of 10 for each worker, one under way in each", 100, 10, 1),
)
ONE, TWO, APART = "one", "two", "two, apart"
SERVED = {
    ONE: (1, {}),
    TWO: (2, {}),
    APART: (2, {"MATINEE_PARTIES_TOGETHER": "false"}),
}
TALK = fanout.OURS._replace(path="/ws/parties/%.*s")


class Run(NamedTuple):
    per_second: float
    cpu: dict[str, float]
    """Cores that each part kept busy."""

    @property
    def workers(self) -> float:
        return self.cpu["workers"]

    @property
    def per_cpu_second(self) -> float:
        """Deliveries for each second of processor that the workers had."""
        return self.per_second / self.workers

    @property
    def per_load_second(self) -> float:
        """Seconds of processor that the workers had for each one of the load."""
        return self.workers / self.cpu["load"]


async def opened(url: str, rooms: int) -> list[str]:
    """Open the parties; give their codes."""
    lines, codes = Lines(url), []
    token = await signed_in(lines, "bench", "n0t-so-common-9")
    for number in range(rooms):
        _, _, body = await lines.ask("POST", "/parties", {"title": f"Bench {number}"}, Authorization=f"Bearer {token}")
        codes.append(json.loads(body)["code"])
    return codes


def used() -> dict[str, float]:
    """Add up the processor seconds of our children, by what they are."""
    found = dict.fromkeys(("workers", "mongod", "nats"), 0.0)
    for process in psutil.Process().children(recursive=True):
        try:
            words, seconds = " ".join(process.cmdline()), sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
        part = "workers" if " web --socket" in words else "nats" if "nats-server" in words else ""
        part = part or ("mongod" if "mongod" in words else "")
        if part:
            found[part] += seconds
    return found


def measured(load: Path, served: str, shape: fanout.Shape, seconds: float) -> Run:
    workers, settings = SERVED[served]
    with running_node("--workers", str(workers), MATINEE_LOG_LEVEL="warning", **settings) as url:
        rooms = shape.rooms * workers
        codes = asyncio.run(opened(url, rooms))
        arguments: list[Any] = [url.rpartition(":")[2], *TALK]
        arguments += [rooms, shape.members, shape.in_flight, 0, 1.0, seconds]
        environment = {**os.environ, "CODES": ",".join(codes)}
        with subprocess.Popen(
            [str(load), *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=environment
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline().strip() == "begin"
            before = used()
            figures = json.loads(running.stdout.readline())
            after = used()
    took = figures["seconds"]
    cpu = {part: (after[part] - before[part]) / took for part in before} | {"load": figures["client_cpu"] / took}
    return Run(figures["deliveries"] / took, cpu)


def middle(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.per_second)[len(runs) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load = Path(folder) / "load"
        subprocess.run(["gcc", "-O2", "-o", load, fanout.HERE / "load.c"], check=True)
        for shape in SHAPES:
            runs: dict[str, list[Run]] = {served: [] for served in SERVED}
            for _ in range(asked.rounds):
                for served, them in runs.items():
                    them.append(measured(load, served, shape, asked.seconds))
            tell(shape, runs)


def tell(shape: fanout.Shape, runs: dict[str, list[Run]]) -> None:
    print(f"\n{shape.name}: medians of {len(runs[ONE])} rounds")
    print(
        f"{'workers':>11} {'deliveries/s':>13} {'a worker CPU-s':>15} {'for a CPU-s of the load':>24}   cores busy: workers, mongod, NATS, load"
    )
    for served, them in runs.items():
        run = middle(them)
        busy = ", ".join(f"{cores:.2f}" for cores in run.cpu.values())
        each, load = (
            statistics.median(getattr(run, of) for run in them) for of in ("per_cpu_second", "per_load_second")
        )
        print(f"{served:>11} {run.per_second:13,.0f} {each:15,.0f} {load:24.2f}   {busy}")
    one = runs[ONE]
    for served in (TWO, APART):
        them = runs[served]
        others = sum(middle(them).cpu[part] for part in ("mongod", "nats", "load"))
        measured_here = middle(them).per_second / middle(one).per_second
        by_cost = 2 * ratio(them, one, "per_cpu_second")
        by_load = 2 / ratio(them, one, "per_load_second")
        print(
            f"{served} to one: {measured_here:.2f} on the {os.cpu_count()} cores of this machine, of which others had {others:.2f};"
            f" with a core for each worker {by_cost:.2f} by what a delivery costs, {by_load:.2f} where the load is the measure"
        )


def ratio(them: list[Run], one: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in them) / statistics.median(
        getattr(run, figure) for run in one
    )


if __name__ == "__main__":
    main()
