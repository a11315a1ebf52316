"""How many events a second the generator makes: alone, as tables of the lake, written to a lake, as documents.

    python benchmarks/generator.py [--events 1e6] [--days 30] [--seed 1]

CPU seconds of this process stand beside the wall clock, for the machine may have other work. The promise: a million
events in seconds, and memory that does not grow with the length of the history.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable

from matinee.generator import History, history, write_lake
from pipeline.lake import Lake


def made(one: History) -> int:
    return sum(len(part.rows["at"]) for part in one.parts())


def tables(minutes: int) -> Callable[[History], int]:
    return lambda one: sum(len(table) for _, table in one.raw_tables(minutes=minutes))


def documents(one: History) -> int:
    return sum(len(some) for _, some in one.documents())


def lake(one: History) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return write_lake(Lake(url=folder), one, minutes=60).rows


WAYS: dict[str, Callable[[History], int]] = {
    "rows and answers": made,
    "tables, one an hour": tables(60),
    "tables, one a minute": tables(1),
    "lake, a file an hour": lake,
    "documents": documents,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--events", type=float, default=1e6)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, help="Only this one.")
    asked = parser.parse_args()
    for name, way in WAYS.items():
        if asked.way in {None, name}:
            wall, busy = time.perf_counter(), time.process_time()
            count = way(history(seed=asked.seed, days=asked.days, events=asked.events))
            wall, busy = time.perf_counter() - wall, time.process_time() - busy
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name:22} {count:>11,} in {wall:6.1f} s, {count / wall:>9,.0f} a second;"
                f" {busy:6.1f} s of CPU, {count / busy:>9,.0f} a second; at most {peak:,.0f} MB so far"
            )


if __name__ == "__main__":
    main()
