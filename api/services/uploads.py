"""Uploads: pieces go to disk as they come, in order; when the file is whole it is probed and then shown.

The file's own length is what says how much has arrived: it is right after a lost connection and after a crash, which a
number in the database is not. A piece that begins anywhere else is answered with where to go on.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path

from api.ask import Headers
from api.problems import Problem
from api.services.content_range import Piece, parse_piece
from api.services.files import Files
from api.services.probe import NotAVideo, Probed, probe
from store.database import Store
from store.documents import Video

PROBES_AT_ONCE = 1
"""Decoding one frame takes a core for some milliseconds; parties have the first right to the others."""


class Uploads:
    def __init__(self, *, store: Store, files: Files, folder: Path, max_bytes: int) -> None:
        self._store = store
        self._files = files
        self._folder = folder
        self._max_bytes = max_bytes
        self._under_way: set[str] = set()
        self._probes = ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="probe")

    def path(self, video: Video) -> Path:
        """Where the content of an upload is. Raises `Problem` where nothing of it has arrived."""
        if video.file_name is None:
            raise Problem("not_ready", "Nothing has been uploaded yet.")
        return self._folder / video.file_name

    def thumbnail_path(self, video: Video) -> Path:
        return self.path(video).with_suffix(".jpg")

    async def begin(self, video: Video, headers: Headers) -> "Arrival":
        """Get ready for the bytes of one request. Raises `Problem` before any of them is read."""
        if video.source != "upload" or video.status == "ready":
            raise Problem("conflict", "This video takes no upload (any more).")
        length = headers.get("Content-Length", "")
        stated = int(length) if length.isdecimal() else None
        piece = _piece(headers.get("Content-Range", ""), stated)
        if max(piece.total or 0, piece.stop) > self._max_bytes:
            raise Problem("too_large", f"A video may have at most {self._max_bytes} bytes.")
        if video.id in self._under_way:
            raise Problem("conflict", "This video is being uploaded by another request.")
        self._under_way.add(video.id)
        try:
            return await self._arrival(video, piece)
        except BaseException:
            self._under_way.discard(video.id)
            raise

    async def finish(self, arrival: "Arrival") -> Video | None:
        """Take in what has arrived; None while the file is not whole. Raises `Problem("not_a_video")`."""
        await arrival.flush()
        video = arrival.video
        received = arrival.received = await self._files.size(self.path(video))
        if arrival.piece.whole and received == 0:
            raise Problem("invalid", "The body is empty.")
        total = received if arrival.piece.whole else arrival.piece.total
        if total is None or received < total:
            await self._store.videos.update(video.id, {"received_bytes": received, "status": "uploading"})
            return None
        if received > total:
            await self._files.remove(self.path(video))
            raise Problem("conflict", "More bytes are here than the total says; start again.")
        await self._store.videos.update(video.id, {"received_bytes": received, "status": "processing"})
        try:
            probed = await asyncio.get_running_loop().run_in_executor(self._probes, probe, self.path(video))
        except NotAVideo as reason:
            await self._refuse(video, str(reason))
            raise Problem("not_a_video", str(reason)) from reason
        return await self._show(video, probed, received)

    async def remove(self, video: Video) -> None:
        """Remove what an upload left on disk."""
        if video.file_name is not None:
            await self._files.remove(self.path(video))
            await self._files.remove(self.thumbnail_path(video))

    def close(self) -> None:
        self._probes.shutdown(wait=True)

    def done(self, video_id: str) -> None:
        """Let the next request write to this video."""
        self._under_way.discard(video_id)

    async def _arrival(self, video: Video, piece: Piece) -> "Arrival":
        if video.file_name is None:
            named = await self._store.videos.update(video.id, {"file_name": secrets.token_hex(16)})
            if named is None:
                raise Problem("not_found")
            video = named
        path = self.path(video)
        received = await self._files.size(path)
        fits = piece.whole or (piece.stop > piece.start and piece.start in {0, received})
        file = await self._files.open_at(path, piece.start) if fits else None
        room = self._max_bytes if piece.whole else piece.stop - piece.start
        return Arrival(uploads=self, files=self._files, video=video, piece=piece, file=file, room=room)

    async def _refuse(self, video: Video, reason: str) -> None:
        await self.remove(video)
        await self._store.videos.update(
            video.id, {"status": "failed", "failure": reason, "received_bytes": 0, "file_name": None}
        )

    async def _show(self, video: Video, probed: Probed, size_bytes: int) -> Video:
        thumbnail = self.thumbnail_path(video)
        await self._files.run(lambda: thumbnail.write_bytes(probed.thumbnail))
        shown = await self._store.videos.update(
            video.id,
            {
                "status": "ready",
                "failure": None,
                "content_type": probed.content_type,
                "duration_ms": probed.duration_ms,
                "width": probed.width,
                "height": probed.height,
                "size_bytes": size_bytes,
            },
        )
        if shown is None:  # deleted meanwhile
            await self.remove(video)
            raise Problem("not_found")
        return shown


class Arrival:
    """The bytes of one request on their way to the disk (`api.ask.Sink`)."""

    def __init__(
        self, *, uploads: Uploads, files: Files, video: Video, piece: Piece, file: FileIO | None, room: int
    ) -> None:
        self.video = video
        self.piece = piece
        self.received = 0
        self._uploads = uploads
        self._files = files
        self._file = file
        self._room = room
        self._turn = asyncio.Lock()
        self._closed = False

    async def write(self, chunk: bytes) -> None:
        self._room -= len(chunk)
        if self._room < 0:
            raise Problem("too_large", "More bytes came than were announced or are taken.")
        async with self._turn:
            if self._file is not None:
                await self._files.append(self._file, chunk)

    async def flush(self) -> None:
        """Bring what has come to the disk."""
        async with self._turn:
            file, self._file = self._file, None
            if file is not None:
                await self._files.finish(file)

    async def close(self) -> None:
        try:
            await self.flush()
        finally:
            if not self._closed:
                self._closed = True
                self._uploads.done(self.video.id)


def _piece(content_range: str, stated: int | None) -> Piece:
    if not content_range:
        return Piece(0, stated or 0, stated, whole=True)
    piece = parse_piece(content_range)
    if stated is not None and stated != piece.stop - piece.start:
        raise Problem("invalid", "Content-Range and Content-Length disagree.")
    return piece
