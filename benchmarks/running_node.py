"""A real node in processes of its own, and the cheapest client there is, so that the figures are the server's."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

Answer = tuple[int, dict[str, str], bytes]


class Line:
    """One kept-alive connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a request; `_` in the names of header lines stands for `-`."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        payload = b"" if body is None else json.dumps(body).encode()
        lines = {"Host": f"{self._host}:{self._port}", "Content-Length": str(len(payload))}
        if body is not None:
            lines["Content-Type"] = "application/json"
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
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

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        line = self._free.pop() if self._free else Line(self._url)
        answer = await line.ask(method, path, body, **headers)
        self._free.append(line)
        return answer


async def at_rate(per_second: float, seconds: float, send: Callable[[int], Awaitable[None]]) -> None:
    """Call `send` when it is due, whether or not the calls before have ended."""
    started = time.monotonic()
    calls = []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(started + number / per_second - time.monotonic())
        calls.append(asyncio.ensure_future(send(number)))
    await asyncio.gather(*calls)


class Strangers:
    """How much of the processor went to whoever is not of this benchmark: such a run says little of the server."""

    def __init__(self) -> None:
        self._root = psutil.Process()
        self._all, self._ours = self._now()

    def share(self) -> float:
        """Part of all cores since the last call."""
        everything, ours = self._now()
        (all_before, ours_before), (self._all, self._ours) = (self._all, self._ours), (everything, ours)
        busy, total = everything[0] - all_before[0], everything[1] - all_before[1]
        return max(0.0, busy - (ours - ours_before)) / total if total else 0.0

    def _now(self) -> tuple[tuple[float, float], float]:
        times = psutil.cpu_times()
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        ours = 0.0
        for process in (self._root, *self._root.children(recursive=True)):  # the node is a child of ours
            used = process.cpu_times()
            # Children that have ended are counted by their parent, which keeps the sum growing.
            ours += used.user + used.system + used.children_user + used.children_system
        return (total - times.idle - getattr(times, "iowait", 0.0), total), ours


@contextmanager
def running_node(*arguments: str, **settings: str) -> Iterator[str]:
    """Start `matinee serve --no-pipeline` on a free port, with further arguments; give its address."""
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "node.log"
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "matinee", "serve", "--no-pipeline", "--port", "0"),
                    *("--data", str(Path(folder) / "data"), *arguments),
                ],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
                env={**os.environ, **settings},
            )
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("matinee ready ")), None)
            if ready is None:
                raise SystemExit(f"the node did not start: {errors.read_text()[-2000:]}")
            yield ready.split()[2]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


async def signed_in(lines: Lines, name: str, password: str) -> str:
    """Make an account and give its access token."""
    account: dict[str, Any] = {"email": f"{name}@example.com", "password": password}
    await lines.ask("POST", "/auth/register", {**account, "username": name, "password_confirm": password})
    _, _, body = await lines.ask("POST", "/auth/login", account)
    return str(json.loads(body)["access_token"])
