"""`matinee serve` in a process of its own, as a person starts it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar, Self

import psutil

from matinee import pipewatch

START_SECONDS = 120
APART = {"MATINEE_PARTIES_TOGETHER": "false"}
"""Has the members of a party land at any worker, so that the bus joins them."""


class RunningSystem:
    """Starts on a free port and waits for the ready line; ends with SIGTERM, and by force where that does not help."""

    started: ClassVar[list["RunningSystem"]] = []
    """All of this run: at its end their logs are searched for secrets."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.started.append(self)
        self.data = data
        self.lines: list[str] = []
        self.url = ""
        self.error_log = data.parent / f"{data.name}.stderr"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
        with self.error_log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "matinee", "serve", "--port", "0", "--data", str(data), *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**kept, **environment},
                start_new_session=True,
                preexec_fn=pipewatch._die_with_watcher,  # noqa: PLW1509 - a test run that is killed leaves no system behind
            )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        self._ready.wait(START_SECONDS)
        if not self.url:
            self.kill()
            raise AssertionError(f"not ready: {self.lines}\n{self.errors()}")
        return self

    def __exit__(self, *_raised: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> tuple[int, float]:
        """Ask it to stop; return its exit code and how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30), time.monotonic() - started

    def kill(self) -> None:
        """Kill `matinee serve` itself with -9."""
        self.process.kill()
        self.process.wait()

    def record(self, part: str) -> dict[str, Any]:
        """Read `<data>/run/<part>.json`; empty while it is not there."""
        try:
            found: dict[str, Any] = json.loads((self.data / "run" / f"{part}.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def pid(self, part: str) -> int:
        """Process id of the web node or of mongod, as it is now."""
        return int(self.record(part).get("pid", 0))

    def kill_part(self, part: str, *, new_within: float = 60.0) -> float:
        """Kill a part with -9 and wait until a new one is ready; return the seconds between."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        started = time.monotonic()
        while self.pid(part) in {0, pid} or not self._is_ready(part):
            assert time.monotonic() - started < new_within, f"{part} was not started again:\n{self.errors()}"
            time.sleep(0.02)
        return time.monotonic() - started

    def _is_ready(self, part: str) -> bool:
        """Tell whether a part has written down where it answers; mongod does so some time after its pid."""
        record = self.record(part)
        return bool(record.get("url") or record.get("uri"))

    def family(self) -> list[psutil.Process]:
        """Every process of this system that runs."""
        root = psutil.Process(self.process.pid)
        return [root, *(child for child in root.children(recursive=True) if _runs(child))]

    def errors(self, last: int = 40) -> str:
        return "\n".join(self.error_log.read_text().splitlines()[-last:])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("matinee ready "):
                self.url = line.split()[2]
                self._ready.set()
        self._ready.set()


def gone(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until the processes have ended; return those that have not."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _runs(process: psutil.Process) -> bool:
    """Tell whether a process still does anything: in a container whose first process reaps nobody, zombies stay."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
