"""The data folder as mongod uses it: its paths, who holds it, and the note that tells others where mongod listens."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from matinee.mongod_errors import DataFolderInUse, DiskFull

LOG_BYTES = 16 * 1024**2


class MongodFolder:
    """`<data>` seen by one owner of mongod. The lock goes with the process that holds it, however that ends."""

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.run = self.data / "run"
        self.db = self.data / "db"
        self.log = self.data / "log" / "mongod.log"
        self.output = self.data / "log" / "mongod.out"
        self.key = self.run / "mongod.key"
        self._lock: int | None = None

    def make(self) -> None:
        for folder in (self.run, self.db, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.db.chmod(0o700)

    def hold(self) -> None:
        """Take the folder for this process. Raises `DataFolderInUse` where another one has it."""
        if self._lock is not None:
            return
        lock = os.open(self.run / "mongod.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            owner = self.note().get("owner_pid", "unknown")
            raise DataFolderInUse(
                f"{self.data} is in use by another Matinee (process {owner}): stop that one, or choose another "
                "folder with --data"
            ) from None
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def refuse_full_disk(self, least_free_bytes: int) -> None:
        free = shutil.disk_usage(self.db).free
        if free < least_free_bytes:
            raise DiskFull(
                f"{self.db}: {free // 1024**2} MB free, at least {least_free_bytes // 1024**2} MB are needed: free some "
                "space, or choose another folder with --data"
            )

    def write_key(self, key: bytes) -> None:
        """Write mongod's key file, readable by nobody else (mongod refuses it otherwise)."""
        self.key.unlink(missing_ok=True)
        with os.fdopen(os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)

    def turn_log(self) -> None:
        """Put a large log aside, so that two of them are all there ever is."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def has_mongod(self, pid: int) -> bool:
        """Whether process `pid` is a mongod on this folder: pids are used again by others."""
        command = _command_line(pid)
        return "mongod" in command and str(self.db) in command

    def note(self) -> dict[str, Any]:
        """Read `run/mongod.json`; empty where there is none that can be read."""
        try:
            noted = json.loads((self.run / "mongod.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def write_note(self, **facts: object) -> None:
        """Write `run/mongod.json` in one step, so that nobody reads half of it."""
        aside = self.run / "mongod.json.new"
        aside.write_text(json.dumps(facts), encoding="utf-8")
        aside.replace(self.run / "mongod.json")


def _command_line(pid: int) -> str:
    """Read the command line of a process; empty where it is gone, or dead and not yet reaped."""
    if Path("/proc/self").exists():  # a slim image has no ps
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    shown = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(shown, capture_output=True, text=True, check=False).stdout  # noqa: S603
