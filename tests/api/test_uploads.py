"""Uploads: in one request or in pieces, and what is no video."""

import asyncio
from urllib.parse import urlsplit

import pytest

from conf.settings import Settings
from tests.api.client import Api, Person
from tests.api.clips import announced, piece, uploaded

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_an_upload_is_probed_and_played(api: Api, host: Person, clip: bytes, settings: Settings) -> None:
    video = await uploaded(api, clip)
    assert (video["status"], video["width"], video["height"]) == ("ready", 160, 120)
    assert video["duration_ms"] == 3000
    assert video["size_bytes"] == video["received_bytes"] == len(clip)
    played = await api.get(video["stream_url"], token="")
    assert (played.status, played.raw) == (200, clip)
    assert played.headers["Content-Type"] == "video/mp4"
    assert played.headers["Accept-Ranges"] == "bytes"
    thumbnail = await api.get(video["thumbnail_url"], token="")
    assert thumbnail.headers["Content-Type"] == "image/jpeg"
    assert thumbnail.raw.startswith(b"\xff\xd8\xff")
    files = [path.name for path in (settings.data / "videos").iterdir()]
    assert not any(video["id"] in name for name in files)


@pytest.mark.gen_test
async def test_an_upload_in_pieces_goes_on_where_it_stopped(api: Api, host: Person, clip: bytes) -> None:
    video_id = await announced(api)
    path = f"/videos/{video_id}/content"
    asked = await api.put(path, b"", headers={"Content-Range": f"bytes */{len(clip)}"})
    assert (asked.status, asked.headers.get("Range")) == (308, None)
    first = await piece(api, video_id, clip, 0, 4000)
    assert (first.status, first.headers["Range"]) == (308, "bytes=0-3999")
    gap = await piece(api, video_id, clip, 5000, 6000)
    assert (gap.status, gap.headers["Range"]) == (308, "bytes=0-3999")
    again = await piece(api, video_id, clip, 2000, 4000)
    assert (again.status, again.headers["Range"]) == (308, "bytes=0-3999")
    asked = await api.put(path, b"", headers={"Content-Range": f"bytes */{len(clip)}"})
    assert asked.headers["Range"] == "bytes=0-3999"
    assert (await api.get(f"/videos/{video_id}")).body["received_bytes"] == 4000
    last = await piece(api, video_id, clip, 4000, len(clip))
    assert (last.status, last.body["status"]) == (200, "ready")
    assert (await api.get(last.body["stream_url"])).raw == clip
    late = await api.put(path, clip)
    assert (late.status, late.body["code"]) == (409, "conflict")


@pytest.mark.gen_test
async def test_bytes_that_came_before_the_connection_broke_are_kept(
    api: Api, host: Person, clip: bytes, settings: Settings
) -> None:
    video_id = await announced(api)
    address = urlsplit(api.base_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        f"PUT /api/v1/videos/{video_id}/content HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {host.token}\r\nContent-Length: {len(clip)}\r\n"
        f"Content-Range: bytes 0-{len(clip) - 1}/{len(clip)}\r\n\r\n".encode()
    )
    writer.write(clip[:3000])
    await writer.drain()
    folder = settings.data / "videos"
    for _ in range(300):
        if folder.exists() and sum(path.stat().st_size for path in folder.iterdir()) == 3000:
            break
        await asyncio.sleep(0.01)
    question = {"Content-Range": f"bytes */{len(clip)}"}
    meanwhile = await api.put(f"/videos/{video_id}/content", b"", headers=question)
    assert (meanwhile.status, meanwhile.body["code"]) == (409, "conflict")
    writer.close()
    await writer.wait_closed()
    for _ in range(300):
        asked = await api.put(f"/videos/{video_id}/content", b"", headers=question)
        if asked.status != 409:
            break
        await asyncio.sleep(0.01)
    assert asked.headers["Range"] == "bytes=0-2999"
    assert (await piece(api, video_id, clip, 3000, len(clip))).status == 200


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("text", "Invalid data found when processing input."),
        ("nothing but zeros", "Invalid data found when processing input."),
        ("playlist", "Invalid data found when processing input."),
        ("picture", "It is none of the formats that browsers play: MP4, WebM or Ogg."),
        ("sound", "It holds no pictures."),
        ("half", "Its end is missing."),
    ],
)
async def test_a_file_that_is_no_video_is_refused_with_the_reason(  # noqa: PLR0917 - fixtures
    api: Api,
    host: Person,
    clip: bytes,
    picture: bytes,
    sound: bytes,
    settings: Settings,
    content: str,
    reason: str,
) -> None:
    raw = {
        "text": b"this is not a video\n" * 200,
        "nothing but zeros": bytes(5000),
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "picture": picture,
        "sound": sound,
        "half": clip[: len(clip) // 2],
    }[content]
    video_id = await announced(api)
    refused = await api.put(f"/videos/{video_id}/content", raw)
    assert (refused.status, refused.body["code"], refused.body["detail"]) == (422, "not_a_video", reason)
    shown = (await api.get(f"/videos/{video_id}")).body
    assert (shown["status"], shown["failure"], shown["stream_url"]) == ("failed", reason, None)
    assert list((settings.data / "videos").iterdir()) == []
    assert (await api.get(f"/videos/{video_id}/stream")).status == 404
    assert (await api.put(f"/videos/{video_id}/content", clip)).status == 200


@pytest.mark.gen_test
async def test_too_large_an_upload_is_refused_before_it_is_read(api: Api, host: Person, settings: Settings) -> None:
    video_id = await announced(api)
    path = f"/videos/{video_id}/content"
    whole = await api.put(path, bytes(settings.upload_max_bytes + 1))
    announced_size = await api.put(path, b"x", headers={"Content-Range": f"bytes 0-0/{settings.upload_max_bytes + 1}"})
    assert whole.status == announced_size.status == 413
    assert not (settings.data / "videos").exists() or not list((settings.data / "videos").iterdir())


@pytest.mark.gen_test
async def test_a_content_range_that_makes_no_sense_is_refused(api: Api, host: Person) -> None:
    path = f"/videos/{await announced(api)}/content"
    senseless = ("5-1/10", "0-10/10", "0-0", "*/*", "0-5/100", "a-b/c", "-1-0/1", "0-0/" + "9" * 30)
    for header in (*(f"bytes {range_}" for range_ in senseless), "items 0-0/1", "nonsense"):
        reply = await api.put(path, b"x", headers={"Content-Range": header})
        assert (reply.status, reply.body["code"]) == (400, "invalid"), header


@pytest.mark.gen_test
async def test_an_empty_upload_is_refused(api: Api, host: Person) -> None:
    reply = await api.put(f"/videos/{await announced(api)}/content", b"")
    assert (reply.status, reply.body["code"]) == (400, "invalid")
