"""What a flood of sign-ins does to everybody else.

    python benchmarks/login_flood.py [--rate 200] [--seconds 10]

A real node (`matinee serve --no-pipeline`) is asked for `GET /parties` and `GET /users/me`, 50 times a second in all,
each sent when it is due and not when the last one came back. First alone, which is the limit beside which the rest is
to be read; then while `--rate` sign-ins a second come in from a process of their own: from one address, and from as
many addresses as there are sign-ins (the node is told to believe us as a proxy), which no limit by address can stop.
Prints the others' latency and what the flood was answered. The promise: p99 stays below 100 ms, and whoever is
refused is told when to come back.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

OTHERS_PER_SECOND = 50
CONNECTIONS = 16
PASSWORD = "correct horse battery"
SOURCES = {"one address": False, "many addresses": True}


class Line:
    """One kept-alive connection: the cheapest client there is, so that the figures are the server's."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, *, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        payload = b"" if body is None else json.dumps(body).encode()
        lines = {"Host": f"{self._host}:{self._port}", "Content-Length": str(len(payload)), **(headers or {})}
        if body is not None:
            lines["Content-Type"] = "application/json"
        head = f"{method} /api/v1{path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(head.encode() + b"\r\n" + payload)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        answer = dict(line.lower().split(": ", 1) for line in rest if line)
        return int(first.split()[1]), answer, await reader.readexactly(int(answer.get("content-length", "0")))


class Lines:
    """As many connections as are busy at once; those that are free are used again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[Line] = []

    async def ask(self, *given: str, **named: object) -> tuple[int, dict[str, str], bytes]:
        line = self._free.pop() if self._free else Line(self._url)
        answer = await line.ask(*given, **named)  # type: ignore[arg-type]
        self._free.append(line)
        return answer


async def at_rate(per_second: float, seconds: float, send: Callable[[int], Awaitable[None]]) -> None:
    """Call `send` when it is due, whether or not the calls before have ended."""
    started = time.monotonic()
    calls = []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(started + number / per_second - time.monotonic())
        calls.append(asyncio.create_task(send(number)))  # type: ignore[arg-type]
    await asyncio.gather(*calls)


async def flood(url: str, rate: float, seconds: float, *, spread: bool) -> None:
    """Send sign-ins and print, as JSON, how often each answer came, and how many refusals said when to come back."""
    answers: Counter[str] = Counter()
    lines = Lines(url)

    async def send(number: int) -> None:
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if spread else "10.0.0.1"
        body = {"email": f"nobody{number}@example.com", "password": "a guess"}
        status, headers, _ = await lines.ask("POST", "/auth/login", body=body, headers={"X-Forwarded-For": address})
        answers[str(status)] += 1
        answers["refused"] += status in {429, 503}
        answers["told when"] += status in {429, 503} and int(headers.get("retry-after", "0")) >= 1

    await at_rate(rate, seconds, send)
    print(json.dumps(answers))


class Others:
    """Everybody else: who looks at the list of parties, and at themselves."""

    def __init__(self, url: str, token: str) -> None:
        self._lines = Lines(url)
        self._headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.1"}
        self.latencies_ms: dict[str, list[float]] = {"/parties": [], "/users/me": []}

    async def send(self, number: int) -> None:
        path = list(self.latencies_ms)[number % 2]
        started = time.monotonic()
        status, _, body = await self._lines.ask("GET", path, headers=self._headers)
        self.latencies_ms[path].append((time.monotonic() - started) * 1000)
        assert status == 200, (path, status, body)


async def measured(url: str, token: str, rate: float, seconds: float, *, spread: bool | None) -> float:
    others = Others(url, token)
    await at_rate(OTHERS_PER_SECOND, 1, others.send)  # connections are open, code is warm
    others.latencies_ms = {path: [] for path in others.latencies_ms}
    flooding = None
    if spread is not None:
        flooding = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "--flood", url, "--rate", str(rate), "--seconds", str(seconds)),
            *(["--spread"] if spread else []),
            stdout=subprocess.PIPE,
        )
        await asyncio.sleep(0.5)  # it is a process that starts
    await at_rate(OTHERS_PER_SECOND, seconds - 0.5, others.send)
    name = {None: "no flood", False: "one address", True: "many addresses"}[spread]
    for path, latencies_ms in others.latencies_ms.items():
        cuts = statistics.quantiles(latencies_ms, n=100)
        print(f"{name:16} GET {path:10} {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f} {max(latencies_ms):8.1f}")
    if flooding is not None:
        answers = json.loads((await flooding.communicate())[0])
        told = f"{answers.pop('told when')} of {answers.pop('refused')} refusals say when to come back"
        counts = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
        print(f"{'':16} the flood was answered {counts}; {told}", flush=True)
    return max(statistics.quantiles(latencies_ms, n=100)[98] for latencies_ms in others.latencies_ms.values())


async def compare(url: str, rate: float, seconds: float) -> None:
    lines = Lines(url)
    account = {"email": "ada@example.com", "password": PASSWORD}
    await lines.ask("POST", "/auth/register", body={**account, "username": "ada", "password_confirm": PASSWORD})
    _, _, body = await lines.ask("POST", "/auth/login", body=account)
    token = json.loads(body)["access_token"]
    for number in range(20):
        party = {"title": f"Party {number}", "visibility": "public"}
        await lines.ask("POST", "/parties", body=party, headers={"Authorization": f"Bearer {token}"})
    print(f"{rate:g} sign-ins a second for {seconds:g} s; the others' latency in ms")
    print(f"{'':32}      p50      p95      p99      max")
    alone = await measured(url, token, rate, seconds, spread=None)
    worst = alone
    for spread in SOURCES.values():
        worst = max(worst, await measured(url, token, rate, seconds, spread=spread))
    print(f"worst p99 {worst:.1f} ms, without a flood {alone:.1f} ms: {'holds' if worst < 100 else 'BROKEN'} (100 ms)")


def serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a node on a free port and wait until it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "matinee", "serve", "--no-pipeline", "--port", "0", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=(folder.parent / "node.log").open("w"),
        text=True,
        start_new_session=True,
        env={**os.environ, "MATINEE_TRUSTED_PROXIES": "127.0.0.1"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("matinee ready "):
            return process, line.split()[2]
    raise SystemExit(f"the node did not start: {(folder.parent / 'node.log').read_text()[-2000:]}")


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
    with tempfile.TemporaryDirectory() as folder:
        node, url = serve(Path(folder) / "data")
        try:
            asyncio.run(compare(url, arguments.rate, arguments.seconds))
        finally:
            node.send_signal(signal.SIGTERM)
            node.wait(30)


if __name__ == "__main__":
    main()
