"""One party that fills up: the processor time that a join costs the server, in a small room and in a large one.

    python benchmarks/joins.py

Guests come as fast as one load can bring them (benchmarks/fanout/load.c), say hello and wait for their welcome, while everybody
inside hears of each newcomer; storage is in memory. A room is filled first; then a hundred more come, and what the server uses
until they are in is counted: a cost that grew with the room shows between the lines.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fanout
import psutil

INSIDE = (0, 100, 400, 900)
MORE = 100
ALL = 1000
ROUNDS = 7


@contextmanager
def crowd(load: Path, port: int, members: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Bring so many into the room, quiet, and have them stay; the block begins when they are in."""
    talk = fanout.OURS
    arguments = [port, talk.path, talk.hello, talk.ready, talk.message, talk.prefix, 1, members, 0, 0, 0, seconds]
    pinned = ["taskset", "-c", str(fanout.LOAD_CORE), str(load), *map(str, arguments)]
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == "begin"
        yield running
        running.kill()


def joined(load: Path, inside: int, more: int) -> tuple[float, float]:
    """Let people into a room; give the server's CPU seconds and the seconds until all were in."""
    with fanout.served([fanout.sys.executable, fanout.HERE / "serve.py"], 1) as (port, process):
        if not inside:
            return _entered(load, port, process, more)
        with crowd(load, port, inside, 60):
            return _entered(load, port, process, more)


def _entered(load: Path, port: int, process: psutil.Process, more: int) -> tuple[float, float]:
    before = _cpu(process)
    with crowd(load, port, more, 0.05) as running:
        used = _cpu(process) - before
        assert running.stdout is not None
        return used, float(fanout.json.loads(running.stdout.readline())["entered_s"])


def _cpu(process: psutil.Process) -> float:
    """Read what the threads have used, to the nanosecond: the usual counts go by hundredths of a second."""
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{process.pid}/task").glob("*/schedstat")) / 1e9


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        load = Path(folder) / "load"
        subprocess.run(["gcc", "-O2", "-o", load, fanout.HERE / "load.c"], check=True)
        for inside in INSIDE:
            cpu, took = min(joined(load, inside, MORE) for _ in range(ROUNDS))
            print(f"{MORE} join {inside:4} others: {1000 * cpu / MORE:.2f} CPU-ms each, all in after {took:.2f} s")
        cpu, took = min(joined(load, 0, ALL) for _ in range(ROUNDS))
        print(f"{ALL} into an empty room: {1000 * cpu / ALL:.2f} CPU-ms each on average, all in after {took:.2f} s")


if __name__ == "__main__":
    main()
