"""Pictures of people: taken in from strangers, and shown to strangers."""

import asyncio
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api.services.pictures import NotAPicture, portrait
from conf.settings import Settings
from tests.api.client import Api, Person
from tests.api.pictures import painted, seen

pytestmark = pytest.mark.integration

ORIENTATION, ARTIST = 0x0112, 0x013B


def files(settings: Settings) -> list[Path]:
    return sorted((settings.data / "avatars").iterdir())


def bomb(side: int) -> bytes:
    """Make a small PNG that says that it is very large."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100_000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.gen_test
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_picture_is_written_anew_and_shown(api: Api, host: Person, guest: Person, kind: str) -> None:
    put = await api.put("/users/me/avatar", painted(640, 400, kind))
    assert put.status == 200, put
    address = put.body["profile"]["avatar_url"]
    assert address.startswith("/api/v1/users/hanna/avatar?v=")
    for token in ("", guest.token):
        shown = await api.get(address, token=token)
        assert shown.status == 200
        assert shown.headers["Content-Type"] == "image/webp"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=3600" in shown.headers["Cache-Control"]
        assert seen(shown.raw).size == (320, 320)
    again = await api.get(address, headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status, again.raw) == (304, b"")
    other = (await api.get("/users/hanna", token=guest.token)).body
    assert other["avatar_url"] == address


@pytest.mark.gen_test
async def test_metadata_goes_and_the_turn_that_it_asked_for_stays(api: Api, host: Person) -> None:
    data = Image.Exif()
    data[ORIENTATION], data[ARTIST] = 6, "Ann at 52.5200 N 13.4050 E"
    put = await api.put("/users/me/avatar", painted(400, 400, "JPEG", exif=data, comment=b"52.5200 N"))
    shown = await api.get(put.body["profile"]["avatar_url"])
    image = seen(shown.raw)
    assert b"52.5200" not in shown.raw
    assert not image.getexif()
    top, bottom = image.convert("RGB").getpixel((160, 20)), image.convert("RGB").getpixel((160, 300))
    assert top[0] > 200 > bottom[0]  # type: ignore[index]  # red was at the left
    assert top[2] < 50 < bottom[2]  # type: ignore[index]


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff\xe0 not a jpeg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        painted(50, 50, "BMP"),
        painted(50, 50, "TIFF"),
        painted(200, 200, "PNG")[:150],
        bomb(5_001),
        bomb(10_000),
        bomb(60_000),
    ],
    ids=["empty", "head only", "no jpeg", "svg", "sound", "bmp", "tiff", "cut", "25 MP", "100 MP", "3,600 MP"],
)
async def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    api: Api, host: Person, raw: bytes, settings: Settings
) -> None:
    refused = await api.put("/users/me/avatar", raw)
    assert (refused.status, refused.body["code"]) == (422, "not_an_image")
    assert not (settings.data / "avatars").exists()
    assert (await api.get("/users/me")).body["profile"]["avatar_url"] is None
    assert (await api.get("/users/hanna/avatar")).status == 404


@pytest.mark.gen_test
async def test_more_than_two_mebibytes_are_refused(api: Api, host: Person) -> None:
    refused = await api.put("/users/me/avatar", painted(10, 10) + b"\0" * 2 * 1024 * 1024)
    assert refused.status == 413


def test_no_damage_of_a_picture_is_more_than_a_refusal() -> None:
    chance = random.Random(7)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        good = painted(64, 64, kind)
        for _ in range(500):
            raw = bytearray(good)
            for _ in range(chance.randint(1, 8)):
                raw[chance.randrange(4, len(raw))] = chance.randrange(256)
            try:
                portrait(bytes(raw[: chance.randint(20, len(raw))]))
            except NotAPicture:
                continue


@pytest.mark.gen_test
async def test_of_many_pictures_at_once_one_stays_and_one_file(api: Api, host: Person, settings: Settings) -> None:
    replies = await asyncio.gather(*(api.put("/users/me/avatar", painted(20 + n, 20)) for n in range(10)))
    assert {reply.status for reply in replies} == {200}
    assert [path.name for path in files(settings)] == [f"{host.id}.webp"]
    mine: dict[str, Any] = (await api.get("/users/me")).body["profile"]
    assert (
        (await api.get(mine["avatar_url"])).headers["ETag"].strip('"').startswith(mine["avatar_url"].rpartition("=")[2])
    )


@pytest.mark.gen_test
async def test_a_picture_is_hidden_as_the_profile_is(api: Api, host: Person, guest: Person, settings: Settings) -> None:
    await api.put("/users/me/avatar", painted(20, 20))
    await api.patch("/users/me", {"privacy": "followers"})
    assert (await api.get("/users/hanna/avatar", token=guest.token)).status == 404
    await api.post("/users/hanna/follow", token=guest.token)
    assert (await api.get("/users/hanna/avatar", token=guest.token)).status == 200
    assert (await api.get("/users/hanna/avatar", token="")).status == 404
    await api.patch("/users/me", {"privacy": "private"})
    assert (await api.get("/users/hanna/avatar", token=guest.token)).status == 404
    assert (await api.get("/users/hanna/avatar")).status == 200
    assert (await api.delete("/users/me/avatar")).status == 204
    assert (await api.delete("/users/me/avatar")).status == 204
    assert files(settings) == []
    assert (await api.get("/users/hanna/avatar")).status == 404
