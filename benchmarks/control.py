"""One control to a full room: from somebody's seek to each member's receipt, on a real node with storage.

    python benchmarks/control.py [--members 1000] [--every-ms 200] [--seconds 20]

A node (`matinee serve --no-pipeline`) and its mongod (majority, journal) run beside the load on all cores. One party fills up
with guests who may all control it; then a member seeks, and another one 200 ms later, as often as fits. The latency is that
of each delivery, by the clock of the load. Needs gcc.
"""

import argparse
import asyncio
import json
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from fanout import HERE, OURS
from running_node import Lines, Strangers, running_node, signed_in

PASSWORD = "correct horse battery"
SEEK = json.dumps({"t": "seek", "position_ms": 12_000}, separators=(",", ":"))
HEARD = '{"t":"playback"'


async def parties(url: str, count: int) -> list[str]:
    """Open so many parties, which anybody may enter and control; give their codes."""
    lines = Lines(url)
    token = await signed_in(lines, "ada", PASSWORD)
    codes = []
    for number in range(count):
        party = {"title": f"Party {number}", "settings": {"control": "everyone", "max_members": 10_000}}
        status, _, body = await lines.ask("POST", "/parties", party, Authorization=f"Bearer {token}")
        assert status == 201, (status, body[:200])
        codes.append(str(json.loads(body)["code"]))
    return codes


def web_process() -> psutil.Process:
    """Find the web node among our children: the part that `matinee serve` starts as `matinee web`."""
    return next(child for child in psutil.Process().children(recursive=True) if "web" in child.cmdline())


def measure(load: Path, port: int, code: str, *, members: int, every_ms: float, seconds: float) -> dict[str, float]:
    arguments = [port, f"/ws/parties/{code}", OURS.hello, OURS.ready, SEEK, HEARD, 1, members, 1, every_ms * 1000, 1]
    node = web_process()
    with subprocess.Popen(
        [str(each) for each in (load, *arguments, seconds)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline().strip() == "begin"
        before = sum(node.cpu_times()[:2])
        figures: dict[str, float] = json.loads(run.stdout.readline())
        figures["cpu_ms"] = 1000 * (sum(node.cpu_times()[:2]) - before) / max(1, figures["deliveries"])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--every-ms", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    strangers = Strangers()
    with tempfile.TemporaryDirectory() as folder:
        load = Path(folder) / "load"
        subprocess.run(["gcc", "-O2", "-o", load, HERE / "load.c"], check=True)
        with running_node(MATINEE_RATE_LIMIT_WRITE="100000") as url:
            (code,) = asyncio.run(parties(url, 1))
            figures = measure(
                load,
                int(urlsplit(url).port or 0),
                code,
                members=asked.members,
                every_ms=asked.every_ms,
                seconds=asked.seconds,
            )
    print(
        f"{figures['deliveries'] / asked.members:.0f} controls to {asked.members} members, one each {asked.every_ms:g} ms:"
        f" p50 {figures['p50_ms']:.1f}, p99 {figures['p99_ms']:.1f}, max {figures['max_ms']:.1f} ms,"
        f" {figures['cpu_ms']:.4f} CPU-ms of the node a delivery"
    )
    print(f"{strangers.share():.0%} of the processor went to other programs")


if __name__ == "__main__":
    main()
