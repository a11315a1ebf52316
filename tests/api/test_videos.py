"""Videos: what is told of them, uploads in one request or in pieces, and playing with ranges."""

import pytest

from api.services.access import AccessServices
from conf.settings import Settings
from realtime.engine import Engine
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.sessions import SessionId
from store.database import Store
from tests.api.client import Api, Person, Reply
from tests.api.clips import announced, uploaded
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


RANGES = [
    ("bytes=0-99", 206, 0, 100),
    ("bytes=100-", 206, 100, None),
    ("bytes=-100", 206, -100, None),
    ("bytes=0-0", 206, 0, 1),
    ("bytes=0-99999999", 206, 0, None),
    ("bytes=-99999999", 206, 0, None),
    ("bytes=5-4", 200, 0, None),
    ("bytes=0-1,5-6", 200, 0, None),
    ("items=0-5", 200, 0, None),
    ("bytes=a-b", 200, 0, None),
    ("bytes=", 200, 0, None),
]


@pytest.mark.gen_test
async def test_ranges_are_answered_as_rfc_9110_says(api: Api, host: Person, clip: bytes) -> None:
    video = await uploaded(api, clip)
    path = video["stream_url"]
    for header, status, start, stop in RANGES:
        reply = await api.get(path, headers={"Range": header})
        assert (reply.status, reply.raw) == (status, clip[start:stop]), header
        head = await api.call("HEAD", path, headers={"Range": header})
        assert (head.status, head.raw) == (status, b"")
        assert head.headers["Content-Length"] == str(len(clip[start:stop]))
        if status == 206:
            begins = start if start >= 0 else len(clip) + start
            ends = begins + len(reply.raw) - 1
            assert reply.headers["Content-Range"] == f"bytes {begins}-{ends}/{len(clip)}"
    for header in (f"bytes={len(clip)}-", "bytes=-0", "bytes=99999999-99999999"):
        reply = await api.get(path, headers={"Range": header})
        assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(clip)}")


@pytest.mark.gen_test
async def test_a_range_counts_only_for_the_copy_that_the_client_has(api: Api, host: Person, clip: bytes) -> None:
    path = (await uploaded(api, clip))["stream_url"]
    tag = (await api.call("HEAD", path)).headers["ETag"]
    same = await api.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
    other = await api.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (same.status, other.status, other.raw) == (206, 200, clip)
    assert (await api.get(path, headers={"If-None-Match": tag})).status == 304


@pytest.mark.gen_test
async def test_a_private_video_plays_at_its_signed_address_only(
    api: Api, host: Person, guest: Person, clip: bytes, clock: MovableClock
) -> None:
    video = await uploaded(api, clip, visibility="private")
    path = f"/videos/{video['id']}"
    assert (await api.get(f"{path}/stream", token="")).status == 404
    assert (await api.get(path, token=guest.token)).status == 404
    assert (await api.get(path, token="")).status == 404
    signed = video["stream_url"]
    assert (await api.get(signed, token="")).raw == clip
    assert (await api.get(signed.replace("signature=", "signature=0"), token="")).status == 404
    other = await uploaded(api, clip, visibility="private")
    assert (await api.get(signed.replace(video["id"], other["id"]), token="")).status == 404
    clock.move(7 * 3600 + 1)
    assert (await api.get(signed, token="")).status == 404


@pytest.mark.gen_test
async def test_who_entered_a_party_may_play_its_private_video(
    api: Api, host: Person, guest: Person, clip: bytes
) -> None:
    video = await uploaded(api, clip, visibility="private")
    party = (await api.post("/parties", {"title": "x", "video_id": video["id"]})).body
    path, query = f"/videos/{video['id']}", {"party_id": party["id"]}
    assert (await api.get(path, query=query, token=guest.token)).status == 404
    await api.post(f"/parties/{party['id']}/join", token=guest.token)
    shown = await api.get(path, query=query, token=guest.token)
    assert (await api.get(shown.body["stream_url"], token="")).raw == clip


@pytest.mark.gen_test
async def test_a_guest_plays_a_party_s_private_video_for_as_long_as_they_sit_there(
    api: Api, host: Person, clip: bytes, engine: Engine, identity: AccessServices
) -> None:
    video = await uploaded(api, clip, visibility="private")
    party = (await api.post("/parties", {"title": "x", "video_id": video["id"]})).body
    other = (await api.post("/parties", {"title": "y"})).body
    guest = Actor(guest_id="guest:4711", name="Gus", session_id="s1")
    seat = identity.seats.write(SessionId(session_id="s1", guest_id=guest.guest_id))

    async def asked(seat: str, party_id: str = party["id"]) -> Reply:
        headers = {"X-Matinee-Session": seat}
        return await api.get(f"/videos/{video['id']}", query={"party_id": party_id}, token="", headers=headers)

    assert (await asked(seat)).status == 404
    await engine.submit(party["id"], do.Join(admitted=True), actor=guest)
    assert (await api.get((await asked(seat)).body["stream_url"], token="")).raw == clip
    await engine.submit(other["id"], do.Join(admitted=True), actor=guest)
    assert (await asked(seat, other["id"])).status == 404
    assert (await asked(seat, "0" * 32)).status == 404
    for forged in (seat[:-1] + ("0" if seat[-1] != "0" else "1"), "s1..guest:4711.", "nonsense", "a.b.c.d"):
        assert (await asked(forged)).status == 404, forged
    await engine.submit(party["id"], do.Leave(), actor=guest)
    assert (await asked(seat)).status == 404


UNFIT_ADDRESSES = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ftp://example.com/a.mp4",
    "//example.com/a.mp4",
    "https://",
    "https://user:secret@example.com/a.mp4",
    "https://example.com:99999/a.mp4",
    "https://exa mple.com/a.mp4",
    "https://[::1/a.mp4",
    "https://example.com/\u202ea.mp4",
    "nonsense",
]


@pytest.mark.gen_test
async def test_an_address_that_no_browser_should_open_is_refused(api: Api, host: Person) -> None:
    for url in UNFIT_ADDRESSES:
        reply = await api.post("/videos", {"title": "x", "source": "url", "url": url})
        assert (reply.status, reply.body["errors"][0]["path"]) == (400, "$.url"), url


@pytest.mark.gen_test
async def test_a_video_by_address_is_ready_and_played_from_there(api: Api, host: Person) -> None:
    address = "https://media.example/film.mp4?v=1"
    made = await api.post("/videos", {"title": "Film", "source": "url", "url": address})
    assert (made.body["status"], made.body["stream_url"]) == ("ready", address)
    played = await api.get(f"/videos/{made.body['id']}/stream")
    assert (played.status, played.headers["Location"]) == (307, address)
    assert (await api.put(f"/videos/{made.body['id']}/content", b"x")).status == 409
    assert (await api.post("/videos", {"title": "x", "source": "url"})).status == 400
    assert (await api.post("/videos", {"title": "x", "source": "upload", "url": address})).status == 400
    assert (await api.post("/videos", {"title": "x", "source": "youtube", "url": address})).status == 400


@pytest.mark.gen_test
async def test_only_its_uploader_changes_a_video(api: Api, host: Person, guest: Person, clip: bytes) -> None:
    video = await uploaded(api, clip, visibility="public")
    path = f"/videos/{video['id']}"
    for reply in (
        await api.patch(path, {"title": "Mine"}, token=guest.token),
        await api.delete(path, token=guest.token),
        await api.put(f"{path}/content", clip, token=guest.token),
    ):
        assert reply.status == 404
    tag = (await api.get(path)).headers["ETag"]
    changed = await api.patch(path, {"title": "Renamed", "description": "a\nb"}, headers={"If-Match": tag})
    assert (changed.body["title"], changed.body["description"]) == ("Renamed", "a\nb")
    assert (await api.patch(path, {"title": "x"}, headers={"If-Match": tag})).status == 412
    assert (await api.patch(path, {"title": "x"}, headers={"If-Match": "nonsense"})).status == 412
    assert (await api.get(path)).body["title"] == "Renamed"


@pytest.mark.gen_test
async def test_a_deleted_video_leaves_no_file(api: Api, host: Person, clip: bytes, settings: Settings) -> None:
    video = await uploaded(api, clip)
    assert len(list((settings.data / "videos").iterdir())) == 2
    assert (await api.delete(f"/videos/{video['id']}")).status == 204
    assert list((settings.data / "videos").iterdir()) == []
    assert (await api.get(f"/videos/{video['id']}")).status == 404


@pytest.mark.gen_test
async def test_lists_show_public_videos_and_ones_own(
    api: Api, host: Person, guest: Person, clip: bytes, store: Store
) -> None:
    public = (await uploaded(api, clip, visibility="public"))["id"]
    unlisted = (await uploaded(api, clip))["id"]
    unfinished = await announced(api, visibility="public")

    async def ids(token: str, **query: str) -> list[str]:
        return [item["id"] for item in (await api.get("/videos", query=query, token=token)).body["items"]]

    assert await ids("") == await ids(guest.token) == [public]
    assert await ids(host.token) == [unfinished, unlisted, public]
    assert await ids(guest.token, uploader_id=host.id) == [public]
    assert await ids(guest.token, uploader_id="me") == []
    assert await ids(host.token, uploader_id="me", limit="2") == [unfinished, unlisted]
    assert (await api.get("/videos", query={"uploader_id": "me"}, token="")).status == 401
