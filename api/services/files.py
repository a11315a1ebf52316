"""Files read and written on a few threads of their own, so that a slow disk never holds a party up."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

THREADS = 4


class Files:
    """Reads ranges, appends uploads, removes what is not wanted any more."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="files")

    async def read(self, path: Path, start: int, stop: int, chunk_bytes: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` to `stop` (not included). Raises `OSError` where the file is shorter."""
        file = await self.run(lambda: path.open("rb"))
        try:
            await self.run(lambda: file.seek(start))
            left = stop - start
            while left:
                chunk = await self.run(lambda left=left: file.read(min(left, chunk_bytes)))  # type: ignore[misc]
                if not chunk:
                    raise OSError(f"the file ends {left} bytes early")
                left -= len(chunk)
                yield chunk
        finally:
            file.close()

    async def size(self, path: Path) -> int:
        """Tell a file's size; 0 where there is none."""
        return await self.run(lambda: path.stat().st_size if path.exists() else 0)

    async def open_at(self, path: Path, offset: int) -> FileIO:
        """Open a file to be written on from `offset`; what it holds beyond is cut off.

        Unbuffered: what `append` has taken is in the file, also where the process is killed a moment later.
        """

        def opened() -> FileIO:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
            file.truncate(offset)
            file.seek(offset)
            return file

        return await self.run(opened)

    async def append(self, file: FileIO, chunk: bytes) -> None:
        """Write all of `chunk`. Raises `OSError` where the disk is full."""

        def written() -> None:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]

        await self.run(written)

    async def finish(self, file: FileIO) -> None:
        """Bring a file's bytes to the disk and close it."""

        def finished() -> None:
            try:
                os.fsync(file.fileno())
            finally:
                file.close()

        await self.run(finished)

    async def remove(self, path: Path) -> None:
        await self.run(lambda: path.unlink(missing_ok=True))

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
