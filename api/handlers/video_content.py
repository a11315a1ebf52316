"""The bytes of a video: in by PUT, whole or in pieces, and out with ranges."""

from pathlib import Path
from typing import Any

from api.ask import Ask, FileReply, Nothing, Reply
from api.handlers.videos import shown
from api.problems import Problem
from api.schemas.videos import StreamQuery, VideoView
from api.services.content_range import Slice, parse_range
from api.services.uploads import Arrival
from store.documents import Video

RESUME = 308
"""As resumable uploads answer since Google's protocol: not whole yet, go on after `Range`."""


async def open_upload(ask: Ask[Any, Nothing, Video]) -> Arrival:
    return await ask.services.uploads.begin(ask.subject, ask.headers)


async def put(ask: Ask[Arrival, Nothing, Video]) -> Reply[VideoView | None]:
    """Take the file, or a piece of it: 200 with the video when it is whole and plays, 308 until then."""
    video = await ask.services.uploads.finish(ask.body)
    if video is None:
        received = ask.body.received
        return Reply(body=None, status=RESUME, headers={"Range": f"bytes=0-{received - 1}"} if received else {})
    await ask.services.videos.record("video.ready", video)
    reply = shown(ask.services, video)
    return Reply(body=reply.body, headers=reply.headers)


async def stream(ask: Ask[Nothing, StreamQuery, Video]) -> FileReply | Reply[None]:
    """Send the file or the range asked for; a video of source `url` is where its address says."""
    video = ask.subject
    if video.url is not None:
        return Reply(body=None, status=307, headers={"Location": video.url})
    if video.status != "ready":
        raise Problem("not_found", "There is nothing to play yet.")
    return await _file(ask, ask.services.uploads.path(video), video.content_type or "application/octet-stream")


async def thumbnail(ask: Ask[Nothing, StreamQuery, Video]) -> FileReply:
    if ask.subject.source != "upload" or ask.subject.status != "ready":
        raise Problem("not_found", "There is no picture of this video.")
    return await _file(ask, ask.services.uploads.thumbnail_path(ask.subject), "image/jpeg")


async def _file(ask: Ask[Nothing, StreamQuery, Video], path: Path, content_type: str) -> FileReply:
    size = await ask.services.files.size(path)
    if size == 0:
        raise Problem("not_found", "The file of this video is gone.")
    etag = f'"{path.name}-{size}"'
    headers = {
        "Content-Type": content_type,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        # A file name is never used again for other bytes.
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": "inline",
    }
    if etag in [tag.strip().removeprefix("W/") for tag in ask.headers.get("If-None-Match", "").split(",")]:
        return FileReply(file=path, start=0, stop=0, status=304, headers=headers)
    wanted = _wanted(ask, etag, size)
    if wanted is None:
        return FileReply(file=path, start=0, stop=size, status=200, headers=headers)
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    return FileReply(file=path, start=wanted.start, stop=wanted.stop, status=206, headers=headers)


def _wanted(ask: Ask[Nothing, StreamQuery, Video], etag: str, size: int) -> Slice | None:
    header = ask.headers.get("Range", "")
    condition = ask.headers.get("If-Range", "")
    if not header or (condition and condition != etag):
        return None  # the copy that the client has a part of is not this one: send all of it
    return parse_range(header, size)
