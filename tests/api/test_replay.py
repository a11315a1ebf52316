"""An ended party once more: the film as it was played, the chat in its time and in its last words."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from api.services import party_past
from matinee.mongod import EmbeddedMongod
from realtime.party.playback import Playback, position_at
from store import party_reactions
from store.blocking import connect_blocking
from store.party_archiving import PartyArchiver
from store.party_reactions import MINUTE_MS, minute_id
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


async def pages(api: Api, party_id: str, limit: int = 500, after: str | None = "0") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while after is not None:
        page = await api.get(f"/parties/{party_id}/replay?after={after}&limit={limit}")
        assert page.status == 200, page
        found.append(page.body)
        after = page.body["next"]
    return found


async def replayed(api: Api, party_id: str, limit: int = 500) -> list[dict[str, Any]]:
    return [item for page in await pages(api, party_id, limit) for item in page["items"]]


def react(rows: Any, party_id: str, *moments: tuple[float, str], node_id: str = "n") -> None:
    """Keep a reaction of each moment, as nodes do."""
    for at_ms, emoji in moments:
        minute_ms = int(at_ms) // MINUTE_MS * MINUTE_MS
        row_id = minute_id(party_id, minute_ms, f"{node_id}{int(at_ms)}")
        counts = [[int(at_ms) // 1000 % 60, emoji, 1]]
        rows.party_reactions.insert_one({"_id": row_id, "party_id": party_id, "minute_ms": minute_ms, "counts": counts})


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
    assert {"video", "party.started", "playback", "party.ended", "member.joined"} <= kinds
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
    assert first.body["next"].split("-")[0] == "2"
    assert await replayed(api, party_id) == whole


@pytest.mark.gen_test
async def test_the_film_that_it_was_made_with_comes_first(
    api: Api, host: Person, guest: Person, clock: MovableClock
) -> None:
    (film, *rest) = await replayed(api, await an_evening(api, host, guest, clock))
    assert (film["t"], film["seq"], film["by"]) == ("video", 1, host.id)
    assert (film["playback"]["paused"], film["playback"]["position_ms"]) == (True, 0)
    assert film["video"]["id"] == film["playback"]["video_id"]
    assert "video" not in {item["t"] for item in rest}


@pytest.mark.gen_test
async def test_a_party_without_a_film_begins_without_one(api: Api, host: Person) -> None:
    party_id = str((await a_party(api))["id"])
    await api.post(f"/parties/{party_id}/end")
    assert [item["t"] for item in await replayed(api, party_id)] == ["party.ended"]


@pytest.mark.gen_test
async def test_reactions_come_with_the_page_of_their_time(
    api: Api, host: Person, guest: Person, clock: MovableClock, rows: Any
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    items = await replayed(api, party_id)
    said = [item["at_ms"] for item in items if item["t"] == "chat"]
    second = said[0] // 1000 * 1000
    moments = [(second + 4_000, "👏"), (second + 4_000, "👏"), (second + 4_000, "🔥"), (said[1] + 90_000, "👏")]
    for node_id, moment in zip("abcd", moments, strict=True):
        react(rows, party_id, moment, node_id=node_id)
    react(rows, "another", (said[0], "😢"))
    late = (said[1] + 90_000) // 1000 * 1000
    whole = [[second + 4_000, "👏", 2], [second + 4_000, "🔥", 1], [late, "👏", 1]]
    for limit in (1, 2, 3, 500):
        found = await pages(api, party_id, limit)
        assert [reaction for page in found for reaction in page["reactions"]] == whole, limit
        assert [item for page in found for item in page["items"]] == items
        for before, page in pairwise(found):
            _, _, from_ms = before["next"].partition("-")
            assert all(reaction[0] >= int(from_ms) for reaction in page["reactions"])
            assert all(reaction[0] < int(from_ms) for reaction in before["reactions"])
    seq = next(item["seq"] for item in items if item["at_ms"] == said[1])
    on = await pages(api, party_id, after=str(seq))
    assert on[0]["reactions"] == whole[2:]


@pytest.mark.gen_test
async def test_a_page_that_is_full_of_reactions_ends_in_step_with_them(
    api: Api, host: Person, guest: Person, clock: MovableClock, rows: Any
) -> None:
    party_id = await an_evening(api, host, guest, clock)
    items = await replayed(api, party_id)
    react(rows, party_id, *((items[0]["at_ms"] + minute * MINUTE_MS, "👏") for minute in range(7)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(party_reactions, "MOST_MINUTES", 2)
        found = await pages(api, party_id)
    assert len(found) > 2
    assert [item for page in found for item in page["items"]] == items
    counts = [reaction for page in found for reaction in page["reactions"]]
    assert (len(counts), counts) == (7, sorted(counts))
    for page in found[:-1]:
        read_to = int(page["next"].partition("-")[2])
        assert all(item["at_ms"] < read_to for item in page["items"])


@pytest.mark.gen_test
async def test_a_cursor_that_is_none_is_refused(api: Api, host: Person, guest: Person, clock: MovableClock) -> None:
    party_id = await an_evening(api, host, guest, clock)
    for after in ("x", "-1", "1-", "1-2-3", "9" * 17):
        assert (await api.get(f"/parties/{party_id}/replay?after={after}")).status == 400, after


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
