"""Real files of a few kilobytes, and the way they get into the system."""

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from tests.api.client import Api, Reply


def rendered(folder: Path, name: str, *arguments: str) -> bytes:
    path = folder / name
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *arguments, str(path)], check=True)
    return path.read_bytes()


async def announced(api: Api, **changes: Any) -> str:
    reply = await api.post("/videos", {"title": "A clip", "source": "upload", **changes})
    assert reply.status == 201, reply
    assert (reply.body["status"], reply.body["stream_url"]) == ("uploading", None)
    name: str = reply.body["id"]
    return name


async def uploaded(api: Api, clip: bytes, **changes: Any) -> dict[str, Any]:
    reply = await api.put(f"/videos/{await announced(api, **changes)}/content", clip)
    assert reply.status == 200, reply
    body: dict[str, Any] = reply.body
    return body


async def piece(api: Api, video_id: str, clip: bytes, start: int, stop: int) -> Reply:
    header = f"bytes {start}-{stop - 1}/{len(clip)}"
    return await api.put(f"/videos/{video_id}/content", clip[start:stop], headers={"Content-Range": header})
