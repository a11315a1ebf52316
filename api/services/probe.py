"""What a file really is: opened and decoded with PyAV, in a thread, before anybody is offered it as a video."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from msgspec import Struct

# What browsers play. The whitelist also keeps FFmpeg away from formats that name other files (HLS, concat): a text
# that says "play /etc/passwd" is refused before anything is opened.
CONTENT_TYPES = {"mov": "video/mp4", "matroska": "video/webm", "ogg": "video/ogg"}
DEMUXERS = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg", "protocol_whitelist": "file"}
NO_KNOWN_FORMAT = "It is none of the formats that browsers play: MP4, WebM or Ogg."
THUMBNAIL_WIDTH = 480
LARGEST_SIDE = 8192
"""Decoding one frame of a larger picture would take more than 100 MB."""


class Probed(Struct, frozen=True, kw_only=True):
    duration_ms: int
    width: int
    height: int
    content_type: str
    thumbnail: bytes
    """JPEG of a frame near the beginning."""


class NotAVideo(Exception):  # noqa: N818 - named for what was found
    """The file cannot be played; the message says why, in words for the uploader."""


def probe(path: Path) -> Probed:
    """Read what the file is and decode one frame. Raises `NotAVideo`. Blocks: run it in a thread."""
    try:
        with av.open(str(path), options=dict(DEMUXERS)) as container:
            return _read(container, path.stat().st_size)
    except av.error.ArgumentError as error:
        raise NotAVideo(NO_KNOWN_FORMAT) from error
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "It cannot be decoded"
        raise NotAVideo(f"{reason}.") from error


def _read(container: Any, size_bytes: int) -> Probed:
    if not container.streams.video:
        raise NotAVideo("It holds no pictures.")
    stream = container.streams.video[0]
    width, height = stream.width, stream.height
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise NotAVideo(f"Its pictures are {width} by {height}; at most {LARGEST_SIDE} a side are taken.")
    if not container.duration or container.duration <= 0:
        raise NotAVideo("It does not say how long it is.")
    duration_ms = round(container.duration / 1000)  # FFmpeg counts microseconds
    if any(entry.pos + entry.size > size_bytes for entry in stream.index_entries):
        raise NotAVideo("Its end is missing.")
    container.seek(container.duration // 10)
    frame = next(container.decode(stream), None)
    if frame is None:
        raise NotAVideo("Not one picture of it can be decoded.")
    kind = next(iter(CONTENT_TYPES[name] for name in container.format.name.split(",") if name in CONTENT_TYPES))
    return Probed(duration_ms=duration_ms, width=width, height=height, content_type=kind, thumbnail=_thumbnail(frame))


def _thumbnail(frame: Any) -> bytes:
    width = min(THUMBNAIL_WIDTH, frame.width) // 2 * 2 or 2
    height = max(2, round(frame.height * width / frame.width) // 2 * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuvj420p", Fraction(1, 25)
    small = frame.reformat(width=width, height=height, format="yuvj420p")
    small.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(small), *encoder.encode(None)))
