"""The pipeline's kernel beside other engines: all figures of a lake, and what one more hour costs.

    python benchmarks/analytics.py [--events 2e7] [--days 30] [--engines ours,duckdb,polars,dask] [--folder F]
    python benchmarks/analytics.py --increment [--events 2e7] [--days 30]

A made-up history lies in a lake of hourly files. Each engine counts it once, in a process of its own on two cores:

* ours: raw files → tables of homes → values of every party, and of every day of every creator, video, and the platform
* duckdb: the same base tables, sums, people, concurrency, bins and histograms by the SQL of the oracle (tests/oracle/sql)
* polars: only the heavy part, each event once → accepted watch → views → bins (`pip install -e .[benchmarks]`)
* dask: dask.dataframe adding up watch time and counting events by party and by video and day, nothing else

Wall and CPU seconds are those of the whole process, imports included; the peak is the resident memory of it and its children.
`--increment` counts the busiest hour of the last day on top of this day and the one before it, of eight before it and of all:
first what came of parties of these two days, which each history has whole, then what came late of older ones, whose days and
events the shortest history does not have.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

HERE = Path(__file__).parent
SCRIPTS = {name: HERE / "analytics" / f"with_{name}.py" for name in ("ours", "duckdb", "polars", "dask")}
CORES = 2


class Run(NamedTuple):
    engine: str
    wall: float
    cpu: float
    peak: int
    told: dict[str, Any]

    @property
    def rate(self) -> float:
        return float(self.told["events"]) / self.wall


def measured(engine: str, lake: Path, *arguments: str) -> Run:
    """Run an engine on two cores; what it prints last is JSON."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "POLARS_MAX_THREADS": str(CORES),
        "OMP_NUM_THREADS": str(CORES),
    }
    with tempfile.TemporaryDirectory(dir=lake.parent) as scratch:
        command = [sys.executable, str(SCRIPTS[engine]), str(lake), scratch, *arguments]
        clock = psutil.Process()  # its own CPU stands still while it waits
        before = clock.cpu_times()
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running,
            watched(running.pid) as seen,
        ):
            os.sched_setaffinity(running.pid, set(sorted(os.sched_getaffinity(0))[:CORES]))
            output, _ = running.communicate()
        after = clock.cpu_times()
    if running.returncode:
        raise SystemExit(f"{engine} ended with {running.returncode}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    told = json.loads(output.splitlines()[-1])
    return Run(engine, told["seconds"], cpu, seen["peak"], told)


@contextmanager
def watched(pid: int) -> Iterator[dict[str, int]]:
    """Keep the greatest resident memory of a process and its children."""
    seen, over = {"peak": 0}, threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            try:
                family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
                seen["peak"] = max(seen["peak"], sum(each.memory_info().rss for each in family))
            except psutil.NoSuchProcess:
                continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def made(folder: Path, events: float, days: float) -> Path:
    """Write the history, unless it is there."""
    lake = folder / f"lake-{events:.0f}-{days:.0f}"
    if not lake.exists():
        script = HERE / "analytics" / "made.py"
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        subprocess.run([sys.executable, str(script), str(lake), str(events), str(days)], check=True, env=environment)
    return lake


def compare(lake: Path, engines: list[str]) -> None:
    runs = [measured(engine, lake) for engine in engines]
    ours = next((run for run in runs if run.engine == "ours"), runs[0])
    print("| engine | events/s | s | CPU s | peak MB | CPU, ours = 1 | watch time, views |")
    print("|---|---|---|---|---|---|---|")
    for run in runs:
        answers = f"{run.told.get('watch_ms', '-')}, {run.told.get('views', '-')}"
        print(
            f"| {run.engine} | {run.rate:,.0f} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak / 1e6:,.0f} | {run.cpu / ours.cpu:.2f} | {answers} |"
        )


def compare_increments(lake: Path, days: float) -> None:
    costs = {}
    lengths = (1, min(8, int(days) - 2), int(days) - 2)
    for length in lengths:
        run = measured("ours", lake, str(length))
        told = costs[length] = run.told
        print(f"after {length} days, {told['events']:,} events, an hour of {told['hour_events']:,}:")
        for which in ("new", "old"):
            part = told[which]
            print(
                f"  {part['parties']:4} {which} parties, {part['days']} days: {part['wall']:.2f} s, {part['cpu']:.2f} s of CPU"
            )
    for which in ("new", "old"):
        for length in lengths[:-1]:
            ratio = costs[lengths[-1]][which]["cpu"] / costs[length][which]["cpu"]
            print(f"{which} parties: CPU after {lengths[-1]} days, after {length} = 1: {ratio:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=float, default=2e7)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--engines", default=",".join(SCRIPTS))
    parser.add_argument("--increment", action="store_true")
    parser.add_argument("--folder", type=Path, help="keeps the lake for the next time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        lake = made(folder, chosen.events, chosen.days)
        if chosen.increment:
            compare_increments(lake, chosen.days)
        else:
            compare(lake, chosen.engines.split(","))


if __name__ == "__main__":
    main()
