"""An ended party once more: the film as it was played, the chat in its time and in its last words."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.services import party_past
from matinee.mongod import EmbeddedMongod
from realtime.party.playback import Playback, position_at
from store.blocking import connect_blocking
from store.party_archiving import PartyArchiver
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.test_parties import a_party, a_video

pytestmark = pytest.mark.integration


@pytest.fixture
def rows(mongod: EmbeddedMongod, database: str) -> Iterator[Any]:
    """Open the database as the pipeline does."""
    opened = connect_blocking(mongod.uri, database)
    yield opened
    opened.client.close()


async def an_evening(api: Api, host: Person, guest: Person, clock: MovableClock) -> str:
    video = await a_video(api, visibility="public")
    party_id = str((await a_party(api, video_id=video["id"]))["id"])

    async def control(command: str, who: Person = host, **fields: Any) -> None:
        reply = await api.post(f"/parties/{party_id}/control", {"command": command, **fields}, token=who.token)
        assert reply.status == 200, reply
        clock.move(10)

    for person in (host, guest):
        await api.post(f"/parties/{party_id}/join", token=person.token)
    await control("play")
    for body in ("one", "two", "three"):
        await control("chat.send", guest, body=body)
    one, two, _ = (await api.get(f"/parties/{party_id}/chat")).body["items"]
    await control("chat.edit", guest, message_id=one["id"], body="better")
    await control("chat.react", message_id=two["id"], emoji="👍")
    await control("chat.delete", guest, message_id=two["id"])
    await control("seek", position_ms=90_000.0)
    await control("member.mute", member_id=guest.id, minutes=5, reason="a quarrel")
    await control("member.kick", member_id=guest.id, reason="another quarrel")
    await control("pause")
    assert (await api.get(f"/parties/{party_id}/replay")).body["code"] == "conflict"
    await control("end")
    return party_id


async def replayed(api: Api, party_id: str, limit: int = 500, **given: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    after: str | None = "0"
    while after is not None:
        page = await api.get(f"/parties/{party_id}/replay?after={after}&limit={limit}", **given)
        assert page.status == 200, page
        items, after = items + page.body["items"], page.body["next"]
    return items


@pytest.mark.gen_test
async def test_the_chat_comes_in_its_time_and_in_its_last_words(
    api: Api, host: Person, guest: Person, clock: MovableClock
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    items = await replayed(api, party_id)
    said = [item for item in items if item["t"] == "chat"]
    assert [item["message"]["body"] for item in said] == ["better", "three"]
    assert said[1]["at_ms"] - said[0]["at_ms"] == pytest.approx(20_000, abs=2_000)
    kinds = {item["t"] for item in items}
    assert {"party.started", "playback", "party.ended", "member.joined"} <= kinds
    assert not kinds & {"chat.deleted", "chat.edited", "chat.reacted", "member.muted", "member.kicked", "settings"}
    (gone,) = [item for item in items if item["t"] == "member.left"]
    assert (gone["member"]["id"], gone["by"], gone.get("reason")) == (guest.id, None, None)
    assert [item["seq"] for item in items] == sorted({item["seq"] for item in items})


@pytest.mark.gen_test
async def test_the_film_is_where_it_was(api: Api, host: Person, guest: Person, clock: MovableClock) -> None:
    items = await replayed(api, await an_evening(api, host, guest, clock))
    (last_said,) = [item for item in items if item["t"] == "chat"][-1:]
    before = [item for item in items if "playback" in item and item["seq"] < last_said["seq"]][-1]["playback"]
    assert position_at(Playback(**before), last_said["at_ms"], None) == last_said["message"]["position_ms"]


@pytest.mark.gen_test
async def test_pages_and_the_archive_show_the_same(
    api: Api, host: Person, guest: Person, clock: MovableClock, rows: Any
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    whole = await replayed(api, party_id)
    for limit in (1, 3, len(whole)):
        assert await replayed(api, party_id, limit) == whole
    assert PartyArchiver(rows).move(party_id).whole
    assert rows.party_log.count_documents({"party_id": party_id}) == 2
    assert await replayed(api, party_id) == whole


@pytest.mark.gen_test
async def test_a_long_stretch_of_which_nothing_is_shown_ends_a_page(
    api: Api, host: Person, guest: Person, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    whole = await replayed(api, party_id)
    monkeypatch.setattr(party_past, "PAGE", 2)
    monkeypatch.setattr(party_past, "PAGES_LOOKED_AT", 1)
    first = await api.get(f"/parties/{party_id}/replay")
    assert len(first.body["items"]) < len(whole)
    assert first.body["next"] == "2"
    assert await replayed(api, party_id) == whole


@pytest.mark.gen_test
async def test_only_who_was_there_sees_it_and_not_the_words_of_whom_they_block(
    api: Api, host: Person, guest: Person, clock: MovableClock
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    stranger = await api.person("stranger")
    assert (await api.get(f"/parties/{party_id}/replay", token=stranger.token)).status == 403
    assert (await api.get(f"/parties/{party_id}/replay", token="")).status == 401
    await api.post("/users/gustav/block", token=host.token)
    said = [item["message"] for item in await replayed(api, party_id) if item["t"] == "chat"]
    assert [(message["body"], message["hidden"]) for message in said] == [("", True), ("", True)]
