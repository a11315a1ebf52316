"""What happens to accounts, videos and invitations is recorded once, with its party and its video."""

from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from conf.clock import utc
from tests.api.client import Api, Person
from tests.api.invites import accept, token_of
from tests.api.letters import Letterbox
from tests.fakes.movable_clock import MovableClock
from tests.fakes.smtp import link_in

pytestmark = pytest.mark.integration


class Recorded:
    """The events in MongoDB, in the order of their making."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def all(self) -> list[dict[str, Any]]:
        days = [name for name in self._database.list_collection_names() if name.startswith("events_")]
        rows = [row for day in days for row in self._database[day].find()]
        return sorted(rows, key=lambda row: (row["received_ms"], row["_id"]))

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [row for row in self.all() if row["type"] == type_]


@pytest.fixture
def recorded(mongo_client: MongoClient[dict[str, Any]], database: str) -> Recorded:
    return Recorded(mongo_client[database])


@pytest.mark.gen_test
async def test_an_account_is_registered_verified_and_signed_in_once_each(
    api: Api, letterbox: Letterbox, recorded: Recorded
) -> None:
    ada = await api.person("ada")
    (message,) = await letterbox.fetch()
    token = link_in(message).partition("?token=")[2]
    assert (await api.post("/auth/verify-email", {"token": token}, token="")).status == 204
    assert (await api.post("/auth/verify-email", {"token": token}, token="")).status == 400
    assert [(row["type"], row["user_id"]) for row in recorded.all()] == [
        ("account.registered", ada.id),
        ("account.logged_in", ada.id),
        ("account.verified", ada.id),
    ]


@pytest.mark.gen_test
async def test_each_session_that_its_owner_ends_is_recorded_once(api: Api, host: Person, recorded: Recorded) -> None:
    phone, tablet = await api.sign_in(host.email), await api.sign_in(host.email)
    both = {"refresh_token": phone.refresh_token}
    for _ in range(2):
        assert (await api.post("/auth/logout", both, token=phone.token)).status == 204
    assert len(recorded.of("account.logged_out")) == 1
    listed = (await api.get("/auth/sessions")).body["items"]
    (other,) = [item["id"] for item in listed if not item["current"]]
    assert (await api.delete(f"/auth/sessions/{other}")).status == 204
    assert (await api.post("/auth/logout", {"refresh_token": tablet.refresh_token}, token="")).status == 204
    assert (await api.post("/auth/logout", {"refresh_token": "nothing"}, token="")).status == 204
    assert [row["user_id"] for row in recorded.of("account.logged_out")] == [host.id] * 2
    assert (await api.post("/auth/logout", {}, token=host.token)).status == 204
    assert len(recorded.of("account.logged_out")) == 3


@pytest.mark.gen_test
async def test_an_upload_is_recorded_as_ready_with_its_length_and_height(
    api: Api, host: Person, recorded: Recorded, clip: bytes
) -> None:
    video = (await api.post("/videos", {"title": "Clip", "source": "upload"})).body["id"]
    assert [row["type"] for row in recorded.all()] == ["video.added"]
    assert (await api.put(f"/videos/{video}/content", clip)).status == 200
    (ready,) = recorded.of("video.ready")
    assert (ready["user_id"], ready["video_id"]) == (host.id, video)
    assert ready["fields"] == {"duration_ms": pytest.approx(3_000, abs=100), "width": 160, "height": 120}
    assert (await api.delete(f"/videos/{video}")).status == 204
    (deleted,) = recorded.of("video.deleted")
    assert (deleted["user_id"], deleted["video_id"]) == (host.id, video)


@pytest.mark.gen_test
async def test_words_about_coming_are_recorded_where_they_change_something(
    api: Api, host: Person, guest: Person, clock: MovableClock, recorded: Recorded
) -> None:
    film = {"title": "Film", "source": "url", "url": "https://example.com/f.mp4"}
    video = (await api.post("/videos", film)).body["id"]
    assert [row["type"] for row in recorded.all()] == ["video.added", "video.ready"]
    tomorrow = (utc(clock.now_ms()) + timedelta(days=1)).isoformat()
    asked = {"title": "Tomorrow", "video_id": video, "visibility": "public", "scheduled_for": tomorrow}
    party = (await api.post("/parties", asked)).body["id"]
    for method in ("PUT", "PUT", "DELETE", "DELETE", "PUT"):
        assert (await api.call(method, f"/parties/{party}/rsvp", token=guest.token)).status == 200
    rows = [row for row in recorded.all() if row["type"].startswith("party.")]
    assert [row["type"] for row in rows] == ["party.rsvp", "party.rsvp_withdrawn", "party.rsvp"]
    assert {(row["user_id"], row["party_id"], row["video_id"]) for row in rows} == {(guest.id, party, video)}


@pytest.mark.gen_test
async def test_an_invite_and_its_acceptance_carry_the_party_and_its_video(
    api: Api, host: Person, guest: Person, recorded: Recorded
) -> None:
    film = {"title": "Film", "source": "url", "url": "https://example.com/f.mp4"}
    video = (await api.post("/videos", film)).body["id"]
    party = (await api.post("/parties", {"title": "Ours", "visibility": "private", "video_id": video})).body["id"]
    invite = (await api.post(f"/parties/{party}/invites", {})).body
    for _ in range(2):
        assert (await accept(api, token_of(invite), guest)).status == 200
    rows = [row for row in recorded.all() if row["type"].startswith("party.")]
    assert [(row["type"], row["user_id"]) for row in rows] == [
        ("party.invited", host.id),
        ("party.invite_accepted", guest.id),
    ]
    assert {(row["party_id"], row["video_id"]) for row in rows} == {(party, video)}
