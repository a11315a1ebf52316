"""The disk spool: records that are durable in files of this machine, until they are where they belong.

Theory. A process writes into a folder of its own, `<spool>/<process>/00000001.seg` and so on; the kernel's lock on the
file `lock` beside them tells that it lives. A record is its length and CRC-32, 4 bytes each, and its bytes; it counts
when `fsync` has returned. Whoever opens the spool takes over the folders of those that have died, and reads them before
its own. What was read goes file by file, so after a crash the same record may be read again: its user tells repeats
apart. A file ends at the first record that is not whole: that is what a process was writing when it died, and it had
told nobody that it was there. Blocking: call it from one thread.
"""

import fcntl
import os
import zlib
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from struct import Struct

from conf import logs

SEGMENT_BYTES = 4 * 1024**2
READ_BYTES = 4 * 1024**2
"""Of records that are read at once."""
HEAD = Struct("<II")
SUFFIX = ".seg"
LOCK = "lock"

log = logs.get("store.spool")


class SpoolFull(Exception):  # noqa: N818 - named for what was found
    """There is no room for all of the records; none of them was taken."""


class Spool:
    """A queue of records on disk, at most `max_bytes` long."""

    def __init__(self, folder: Path, *, name: str, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the spool in `folder`; `name` is this process's alone, and sorts by the time of its start. Raises `OSError`."""
        self.bytes = 0
        """On disk, including those that were read already and not forgotten."""
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._segments: deque[_Segment] = deque()
        self._writing: _Segment | None = None
        self._made = 0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One opens at a time: between its making and its locking a folder looks like that of a dead process.
        with (folder / LOCK).open("wb") as opening:
            fcntl.flock(opening, fcntl.LOCK_EX)
            self._adopted = [owned for path in sorted(folder.iterdir()) if path.is_dir() and (owned := _taken(path))]
            own = folder / name
            own.mkdir(mode=0o700)
            taken = _taken(own)
            assert taken is not None
            self._own = taken
            _sync(folder)
        for adopted in self._adopted:
            self._segments.extend(_Segment(path) for path in sorted(adopted.path.glob(f"*{SUFFIX}")))
        self.bytes = sum(segment.size for segment in self._segments)
        self._leave_empty_folders()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read."""
        return not self._segments

    def append(self, records: Sequence[bytes]) -> None:
        """Make records durable, behind the others. Raises `SpoolFull` or `OSError`; then none of them counts."""
        data = b"".join(part for record in records for part in (HEAD.pack(len(record), zlib.crc32(record)), record))
        if self.bytes + len(data) > self._max_bytes:
            raise SpoolFull
        segment = self._writing
        if segment is None or segment.size >= self._segment_bytes:
            segment = self._next()
        try:
            segment.append(data)
        except OSError:
            self._writing = None  # nothing is written behind what may be half there
            raise
        self.bytes += len(data)

    def read(self, most: int) -> list[bytes]:
        """Read the oldest records, at most so many, without forgetting them."""
        records: list[bytes] = []
        size = 0
        for segment in self._segments:
            segment.reached = segment.start
        for segment in self._segments:
            while len(records) < most and size < READ_BYTES:
                if (record := segment.next()) is None:
                    break
                records.append(record)
                size += len(record)
            if segment.reached < segment.size:
                break
        return records

    def forget(self) -> None:
        """Forget what was read last: it is where it belongs."""
        while self._segments:
            segment = self._segments[0]
            segment.start = segment.reached
            if segment.start < segment.size:
                break
            self._segments.popleft()
            if segment is self._writing:
                self._writing = None
            self.bytes -= segment.remove()
        self._leave_empty_folders()

    def close(self) -> None:
        """Let go. What is left is read by whoever opens the spool next."""
        for segment in self._segments:
            segment.close()
        for folder in (*self._adopted, self._own):
            folder.leave()

    def _next(self) -> "_Segment":
        """Begin a file. It is found after a crash only when its folder has been synced too."""
        self._made += 1
        segment = _Segment(self._own.path / f"{self._made:08}{SUFFIX}")
        _sync(self._own.path)
        self._segments.append(segment)
        self._writing = segment
        return segment

    def _leave_empty_folders(self) -> None:
        held = {segment.path.parent for segment in self._segments}
        for folder in [folder for folder in self._adopted if folder.path not in held]:
            folder.leave()
            self._adopted.remove(folder)


class _Segment:
    """One file of records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        self.size = self._found = os.fstat(self._file.fileno()).st_size
        self.start = self.reached = 0
        """Up to where it was forgotten, and read."""

    def append(self, data: bytes) -> None:
        self._file.seek(self.size)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(self.size)
            raise
        self.size += len(data)

    def next(self) -> bytes | None:
        """Read a record; None at the end, and where the rest is not whole, which then is the end."""
        left = self.size - self.reached
        self._file.seek(self.reached)
        head = self._file.read(HEAD.size) if left >= HEAD.size else b""
        length, checksum = HEAD.unpack(head) if len(head) == HEAD.size else (0, 0)
        record = self._file.read(length) if 0 < length <= left - HEAD.size else b""
        if record and len(record) == length and zlib.crc32(record) == checksum:
            self.reached += HEAD.size + length
            return record
        if left:
            log.info("spool_torn", file=str(self.path), bytes=left)
            self.size = self.reached
        return None

    def remove(self) -> int:
        """Delete the file; return how many bytes that were."""
        size = max(self._found, self.size)
        self.close()
        self.path.unlink(missing_ok=True)
        return size

    def close(self) -> None:
        self._file.close()


class _Folder:
    """A folder of a process, and the lock on it."""

    def __init__(self, path: Path, lock: FileIO) -> None:
        self.path = path
        self._lock = lock

    def leave(self) -> None:
        """Unlock the folder, and remove it where it holds nothing."""
        if not any(self.path.glob(f"*{SUFFIX}")):
            with suppress(OSError):
                (self.path / LOCK).unlink(missing_ok=True)
                self.path.rmdir()
        self._lock.close()


def _taken(path: Path) -> _Folder | None:
    """Lock a folder; None where its process lives, or has just removed it."""
    try:
        lock = FileIO(os.open(path / LOCK, os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return _Folder(path, lock)


def _sync(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
