"""What runs on a data folder: `<data>/run/*.json` says where, a lock says that it is taken."""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

import msgspec

from matinee import faults
from matinee.faults import Fault

LEFTOVER_SECONDS = 10.0
"""What a killed start left behind stops by itself within this time."""


class WebRecord(msgspec.Struct, frozen=True):
    """`<data>/run/web.json`: the running web node."""

    url: str
    pid: int


def record_web(data: Path, record: WebRecord) -> None:
    """Write the record aside and rename it, so that a reader never sees half of it."""
    path = data / "run" / "web.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{record.pid}")
        aside.write_bytes(msgspec.json.encode(record) + b"\n")
        aside.replace(path)
    except OSError as error:
        raise faults.of_os(error) from error


def forget_web(data: Path, pid: int) -> None:
    """Remove the record of `pid`; another node's stays."""
    if (found := _read(data)) is not None and found.pid == pid:
        (data / "run" / "web.json").unlink(missing_ok=True)


def running_web(data: Path) -> WebRecord | None:
    """Read the record of the running web node; None where none runs."""
    found = _read(data)
    return found if found is not None and alive(found.pid) else None


def alive(pid: int) -> bool:
    """Tell whether a process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class FolderLock:
    """Holds a data folder for one `matinee serve`; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._descriptor = -1

    def __enter__(self) -> Self:
        path = self._data / "run" / "serve.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode().strip()
            os.close(self._descriptor)
            web = running_web(self._data)
            where = f" and serves {web.url}" if web else ""
            raise Fault(
                f"the data folder {self._data} is in use: matinee serve runs on it (pid {holder}){where}",
                "stop that one, or choose another folder with --data",
            ) from None
        except OSError as error:
            raise faults.of_os(error) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(self, *_raised: object) -> None:
        os.close(self._descriptor)

    def wait_for_leftovers(self) -> None:
        """Wait until the web node of a start that was killed has noticed; it lets go of its port then."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while (web := running_web(self._data)) is not None and web.pid != os.getpid():
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)


def _read(data: Path) -> WebRecord | None:
    try:
        return msgspec.json.decode((data / "run" / "web.json").read_bytes(), type=WebRecord)
    except (OSError, msgspec.DecodeError):
        return None
