"""What a flood of sign-ins does to everybody else.

    python benchmarks/login_flood.py [--rate 200] [--seconds 10]

A real node (`matinee serve --no-pipeline`) is asked for `GET /parties` and `GET /users/me`, 50 times a second in all,
each sent when it is due and not when the last one came back. First alone, which is the limit beside which the rest is
to be read; then while `--rate` sign-ins a second come in from a process of their own: from one address, and from as
many addresses as there are sign-ins (the node is told to believe us as a proxy), which no limit by address can stop.
Prints the others' latency and what the flood was answered. The promise: p99 stays below 100 ms, and whoever is
refused is told when to come back. What does not hold is tried again, three times in all; where most of the processor
went to strangers meanwhile, nothing is said about the promise.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter

from running_node import Lines, Strangers, at_rate, running_node, signed_in

OTHERS_PER_SECOND = 50
PROMISE_MS = 100.0
TRIES = 3
STRANGERS_SHARE = 0.2
"""Of two cores with a node, its database and the flood on them, less than that leaves the promise as it is."""
PASSWORD = "correct horse battery"
CASES = {"no flood": None, "one address": False, "many addresses": True}
"""Whether there is a flood, and whether it is spread."""


async def flood(url: str, rate: float, seconds: float, *, spread: bool) -> None:
    """Send sign-ins and print, as JSON, how often each answer came, and how many refusals said when to come back."""
    answers: Counter[str] = Counter()
    lines = Lines(url)

    async def send(number: int) -> None:
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if spread else "10.0.0.1"
        guess = {"email": f"nobody{number}@example.com", "password": "a guess"}
        status, headers, _ = await lines.ask("POST", "/auth/login", guess, X_Forwarded_For=address)
        answers[str(status)] += 1
        answers["refused"] += status in {429, 503}
        answers["told when"] += status in {429, 503} and int(headers.get("retry-after", "0")) >= 1

    await at_rate(rate, seconds, send)
    print(json.dumps(answers))


class Others:
    """Everybody else: who looks at the list of parties, and at themselves."""

    def __init__(self, url: str, token: str) -> None:
        self._lines = Lines(url)
        self._token = token
        self.latencies_ms: dict[str, list[float]] = {"/parties": [], "/users/me": []}

    async def send(self, number: int) -> None:
        path = list(self.latencies_ms)[number % 2]
        started = time.monotonic()
        status, _, body = await self._lines.ask(
            "GET", path, Authorization=f"Bearer {self._token}", X_Forwarded_For="192.0.2.1"
        )
        self.latencies_ms[path].append((time.monotonic() - started) * 1000)
        assert status == 200, (path, status, body)


class Try:
    """What was measured once."""

    def __init__(self, latencies_ms: dict[str, list[float]], answers: dict[str, int], strangers: float) -> None:
        self.latencies_ms = latencies_ms
        self.answers = answers
        self.strangers = strangers
        self.p99_ms = max(statistics.quantiles(values, n=100)[98] for values in latencies_ms.values())

    def show(self, case: str) -> None:
        for path, values in self.latencies_ms.items():
            cuts = statistics.quantiles(values, n=100)
            print(f"{case:16} GET {path:10} {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f} {max(values):8.1f}")
        said = f"strangers had {self.strangers:.0%} of the processor"
        if self.answers:
            counts = ", ".join(
                f"{count} x {status}" for status, count in sorted(self.answers.items()) if status.isdigit()
            )
            said += f"; the flood was answered {counts}: {self.answers['told when']} of {self.answers['refused']} "
            said += "refusals say when to come back"
        print(f"{'':16} {said}", flush=True)


async def tried(url: str, token: str, rate: float, seconds: float, *, spread: bool | None) -> Try:
    others = Others(url, token)
    await at_rate(OTHERS_PER_SECOND, 1, others.send)  # connections are open, code is warm
    others.latencies_ms = {path: [] for path in others.latencies_ms}
    strangers = Strangers()
    answers: dict[str, int] = {}
    if spread is None:
        await at_rate(OTHERS_PER_SECOND, seconds, others.send)
    else:
        command = (sys.executable, __file__, "--flood", url, "--rate", str(rate), "--seconds", str(seconds))
        flooding = await asyncio.create_subprocess_exec(
            *command, *(["--spread"] if spread else []), stdout=subprocess.PIPE
        )
        await at_rate(OTHERS_PER_SECOND, seconds + 1, others.send)  # as long as it takes to start and to flood
        answers = json.loads((await flooding.communicate())[0])
    return Try(others.latencies_ms, answers, strangers.share())


async def compare(url: str, rate: float, seconds: float) -> None:
    lines = Lines(url)
    token = await signed_in(lines, "ada", PASSWORD)
    for number in range(20):
        party = {"title": f"Party {number}", "visibility": "public"}
        await lines.ask("POST", "/parties", party, Authorization=f"Bearer {token}")
    print(f"{rate:g} sign-ins a second for {seconds:g} s; the others' latency in ms")
    print(f"{'':32}      p50      p95      p99      max")
    best: dict[str, Try] = {}
    for case, spread in CASES.items():
        tries: list[Try] = []
        while len(tries) < TRIES and not any(each.p99_ms < PROMISE_MS for each in tries):
            tries.append(await tried(url, token, rate, seconds, spread=spread))
            tries[-1].show(case)
            await asyncio.sleep(3)  # who still waits for a hash is through
        best[case] = min(tries, key=lambda each: each.p99_ms)
    alone = best.pop("no flood")
    worst = max(best.values(), key=lambda each: each.p99_ms)
    quiet = worst.strangers < STRANGERS_SHARE
    verdict = "holds" if worst.p99_ms < PROMISE_MS else "BROKEN" if quiet else "not judged, strangers had too much"
    print(f"worst p99 {worst.p99_ms:.1f} ms, without a flood {alone.p99_ms:.1f} ms: {verdict} ({PROMISE_MS:g} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--flood", metavar="URL", help="Be the flood (the script starts itself with this).")
    parser.add_argument("--spread", action="store_true", help="From many addresses.")
    arguments = parser.parse_args()
    if arguments.flood:
        asyncio.run(flood(arguments.flood, arguments.rate, arguments.seconds, spread=arguments.spread))
        return
    with running_node(MATINEE_TRUSTED_PROXIES="127.0.0.1") as url:
        asyncio.run(compare(url, arguments.rate, arguments.seconds))


if __name__ == "__main__":
    main()
