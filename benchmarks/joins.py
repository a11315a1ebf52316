"""One party that fills up: the processor time that a join costs the server, in a small room and in a large one.

    python benchmarks/joins.py

Guests come as fast as one load can bring them (benchmarks/fanout/load.c), say hello and wait for their welcome, while everybody
inside hears of each newcomer; storage is in memory. A cost that grew with the room would show between the two figures.
"""

import subprocess
import tempfile
from pathlib import Path

import fanout
import psutil

ROOMS = (100, 900, 1000)


def joined(load: Path, members: int) -> tuple[float, float]:
    """Fill a room; give the server's CPU seconds and the seconds until everybody was in."""
    command = [fanout.sys.executable, fanout.HERE / "serve.py"]
    with fanout.served(command, 1) as (port, process):
        before = sum(process.cpu_times()[:2])
        talk = fanout.OURS
        arguments = [port, talk.path, talk.hello, talk.ready, talk.message, talk.prefix, 1, members, 1, 0, 0, 0.01]
        pinned = ["taskset", "-c", str(fanout.LOAD_CORE), str(load), *map(str, arguments)]
        with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline().strip() == "begin"
            cpu = sum(psutil.Process(process.pid).cpu_times()[:2]) - before
            took = fanout.json.loads(running.stdout.readline())["entered_s"]
    return cpu, float(took)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder)
        subprocess.run(["gcc", "-O2", "-o", tools / "load", fanout.HERE / "load.c"], check=True)
        best = {members: min(joined(tools / "load", members) for _ in range(3)) for members in ROOMS}
    for members, (cpu, took) in best.items():
        print(f"{members:5} members: all in after {took:.2f} s, {1000 * cpu / members:.2f} CPU-ms a join on average")
    small = best[100][0] / 100
    last = (best[1000][0] - best[900][0]) / 100
    print(
        f"the first hundred: {1000 * small:.2f} CPU-ms each; the last hundred of 1,000: {1000 * last:.2f} CPU-ms each"
    )


if __name__ == "__main__":
    main()
