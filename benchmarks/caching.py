"""What the caches gain: requests a second and waiting times of a real node, with them and without.

    python benchmarks/caching.py [--rounds 8] [--seconds 1.5] [--callers 8]

Two nodes run, each with an embedded mongod of its own: one with the caches as they come, one with all of them off. The
same people ask both in turns, over connections that are kept; the best round of each counts, so that a busy machine hurts
both alike. Processor time is that of the node with its mongod, over all rounds: it hardly depends on what else the machine does.
"""

import argparse
import asyncio
import json
import statistics
import time
from contextlib import ExitStack

import msgspec
import psutil
from running_node import Line, Lines, Strangers, running_node, signed_in

PASSWORD = "correct horse battery"
UNLIMITED = {"MATINEE_RATE_LIMIT_READ": str(10**9), "MATINEE_SLOW_REQUEST_MS": "60000"}
OFF = {f"MATINEE_CACHE_{tier}": "0" for tier in ("USERS", "VIDEOS", "PARTIES", "AGGREGATES")}


class Result(msgspec.Struct, frozen=True):
    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    processor_ms: float


class Person:
    """Somebody who is signed in to one node, and has a video there."""

    def __init__(self, url: str, node: psutil.Process, token: str, video: str) -> None:
        self.url, self.video = url, video
        self._token = token
        self._node = node

    def processor_ms(self) -> float:
        """Give the processor time that the node's processes have used."""
        used = [process.cpu_times() for process in (self._node, *self._node.children(recursive=True))]
        return sum(each.user + each.system for each in used) * 1000

    async def once(self, line: Line, path: str) -> None:
        status, _, body = await line.ask("GET", path, Authorization=f"Bearer {self._token}")
        assert status == 200, (path, status, body[:200])


async def person(url: str, node: psutil.Process) -> Person:
    lines = Lines(url)
    token = await signed_in(lines, "ada", PASSWORD)
    video = {"title": "Film", "source": "url", "url": "https://example.com/film.mp4", "visibility": "public"}
    status, _, body = await lines.ask("POST", "/videos", video, Authorization=f"Bearer {token}")
    assert status == 201, (status, body[:200])
    return Person(url, node, token, json.loads(body)["id"])


async def measure(who: Person, path: str, callers: int, seconds: float) -> Result:
    """Keep `callers` connections busy for `seconds`."""
    took: list[float] = []
    until = time.monotonic() + seconds

    async def caller() -> None:
        line = Line(who.url)
        while time.monotonic() < until:
            started = time.monotonic()
            await who.once(line, path)
            took.append((time.monotonic() - started) * 1000)

    processor, started = who.processor_ms(), time.monotonic()
    await asyncio.gather(*(caller() for _ in range(callers)))
    cuts = statistics.quantiles(took, n=100)
    per_second = len(took) / (time.monotonic() - started)
    return Result(per_second, cuts[49], cuts[98], len(took), who.processor_ms() - processor)


async def compare(urls: dict[str, str], callers: int, rounds: int, seconds: float) -> None:
    started = psutil.Process().children()  # in the order of their start
    people = {name: await person(url, node) for (name, url), node in zip(urls.items(), started, strict=True)}
    strangers = Strangers()
    print(f"{callers} callers, best of {rounds} rounds of {seconds:g} s; requests a second (p50 / p99 ms)")
    print(f"{'route':24} {'cached':>26} {'not cached':>26} {'ratio':>6}   processor ms a request")
    for route in ("/users/me", "/videos/{id}", "/dashboards/personal"):
        best: dict[str, Result] = {}
        all_of: dict[str, list[Result]] = {name: [] for name in people}
        for number in range(rounds + 1):
            for name, who in people.items():
                result = await measure(who, route.format(id=who.video), callers, seconds if number else 1.0)
                if not number:
                    continue  # the first round only warms up
                all_of[name].append(result)
                if name not in best or result.per_second > best[name].per_second:
                    best[name] = result
        on, off = best["on"], best["off"]
        shown = [f"{each.per_second:9,.0f} ({each.p50_ms:5.1f} / {each.p99_ms:5.1f})" for each in (on, off)]
        ratio = on.per_second / off.per_second
        cost = {
            name: sum(r.processor_ms for r in all_) / sum(r.requests for r in all_) for name, all_ in all_of.items()
        }
        tail = f"{ratio:6.2f}   {cost['on']:.2f} / {cost['off']:.2f} = {cost['on'] / cost['off']:.2f}"
        print(f"{route:24} {shown[0]:>26} {shown[1]:>26} {tail}", flush=True)
    print(f"{strangers.share():.0%} of the processor went to other programs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--callers", type=int, default=8)
    arguments = parser.parse_args()
    with ExitStack() as nodes:
        urls = {
            "on": nodes.enter_context(running_node(**UNLIMITED)),
            "off": nodes.enter_context(running_node(**UNLIMITED, **OFF)),
        }
        asyncio.run(compare(urls, arguments.callers, arguments.rounds, arguments.seconds))


if __name__ == "__main__":
    main()
