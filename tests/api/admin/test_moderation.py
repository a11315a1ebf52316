"""What staff take away, and what a party's log tells of its moderation."""

from typing import Any

import pytest

from api.ask import Caller
from api.services.all import Services
from realtime.party import commands as do
from realtime.party.context import Actor
from tests.api.admin.things import a_party, said
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_staff_remove_parties_and_videos(
    api: Api, built: Services, staff: Person, host: Person, clip: bytes
) -> None:
    party_id = await a_party(api, host, visibility="private")
    announced = await api.post("/videos", {"title": "Clip", "source": "upload"}, token=host.token)
    video_id = announced.body["id"]
    assert (await api.put(f"/videos/{video_id}/content", clip, token=host.token)).status == 200
    path = built.uploads.path(await built.videos.visible(video_id, Caller()))
    assert path.exists()
    api.token = staff.token
    assert [item["id"] for item in (await api.get("/admin/parties")).body["items"]] == [party_id]
    assert [item["id"] for item in (await api.get("/admin/videos", query={"status": "ready"})).body["items"]] == [
        video_id
    ]
    assert (await api.delete(f"/admin/parties/{party_id}", query={"reason": "spam"})).status == 204
    assert (await built.engine.state(party_id)).status == "ended"
    assert (await api.get(f"/parties/{party_id}", token=host.token)).status == 404
    assert (await api.delete(f"/admin/videos/{video_id}")).status == 204
    assert (await api.get(f"/videos/{video_id}", token=host.token)).status == 404
    assert not path.exists()
    for gone in (f"/admin/parties/{party_id}", f"/admin/videos/{video_id}", f"/admin/parties/{party_id}/messages/m"):
        assert (await api.delete(gone)).status == 404


@pytest.mark.gen_test
async def test_the_moderation_log_says_who_did_what_to_whom_and_why(
    api: Api, built: Services, staff: Person, host: Person, guest: Person
) -> None:
    party_id = await a_party(api, host)
    own = await said(built, party_id, host, "oops")
    bad = await said(built, party_id, guest, "spam")
    worse = await said(built, party_id, guest, "more spam")
    as_host = Actor(user_id=host.id, name="hanna")
    for command in (
        do.DeleteMessage(message_id=own),
        do.DeleteMessage(message_id=bad, reason="off topic"),
        do.Mute(member_id=guest.id, minutes=5, reason="calm down"),
        do.Unmute(member_id=guest.id),
        do.Kick(member_id=guest.id, reason="enough"),
        do.Ban(member_id=guest.id),
    ):
        await built.engine.submit(party_id, command, actor=as_host)
    removed = f"/admin/parties/{party_id}/messages/{worse}"
    assert (await api.delete(removed, query={"reason": "rules"}, token=staff.token)).status == 204
    assert (await api.delete(removed, token=staff.token)).status == 404
    log = f"/parties/{party_id}/moderation-log"
    found = (await api.get(log, token=host.token)).body["items"]
    assert [(item["act"], item.get("by_name"), item.get("reason")) for item in found] == [
        ("message_deleted", "hanna", "off topic"),
        ("muted", "hanna", "calm down"),
        ("unmuted", "hanna", None),
        ("kicked", "hanna", "enough"),
        ("banned", "hanna", None),
        ("message_deleted", None, "rules"),
    ]
    assert {item["member_id"] for item in found} == {guest.id}
    paged: list[Any] = []
    after: str | None = "0"
    while after is not None:
        page = (await api.get(log, query={"after": after, "limit": "1"}, token=host.token)).body
        paged, after = paged + page["items"], page["next"]
    assert paged == found
    assert (await api.get(log, token=guest.token)).status == 403
    assert (await api.get(log, query={"after": str(2**63)}, token=host.token)).status == 400
