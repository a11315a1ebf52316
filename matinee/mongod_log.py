"""Why mongod ended, in one useful line, from its exit status and its log."""

import json
from pathlib import Path

from matinee.mongod_errors import DataFolderInUse, DiskFull, MissingBinary, MongodError, PortBusy, StartFailed

TAIL_BYTES = 64 * 1024
NET_ERROR, LOADER_ERROR = 48, 127


def reason(*, status: int, log: Path, output: Path, port: int, db: Path) -> MongodError:
    """Turn the exit `status`, the JSON `log` and the plain `output` of a mongod that ended into an error."""
    line = _worst(_tail(log)) or _last(_tail(output)) or f"it ended with status {status} and said nothing"
    if status == LOADER_ERROR:
        return MissingBinary(f"mongod cannot run here: {_last(_tail(output))}; on Debian: apt install libcurl4 libssl3")
    if status == NET_ERROR or "Address already in use" in line:
        return PortBusy(f"port {port} is taken by another program: stop it, or let Matinee choose a port")
    if "No space left on device" in line:
        return DiskFull(f"{db}: the disk is full: free some space, or choose another folder with --data")
    if "DBPathInUse" in line:
        return DataFolderInUse(f"{db} is in use by another mongod: stop that one, or choose another folder with --data")
    return StartFailed(f"mongod did not start: {line} (see {log})")


def _tail(path: Path) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()


def _last(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _worst(lines: list[str]) -> str:
    """Find the first error or fatal line of the last start, which is the cause of those after it."""
    found = ""
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("msg") == "***** SERVER RESTARTED *****":
            break
        if entry.get("s") in {"E", "F"}:
            attributes = entry.get("attr", {})
            found = f"{entry.get('msg')} {attributes.get('error', attributes or '')}".strip()
    return found
