"""Search: who finds what, in which order, in pages that keep it."""

from datetime import timedelta

import pytest

from conf.clock import utc
from store.database import Store
from store.users import Standing
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome
from tests.api.searching import a_party, a_video, search, titles

pytestmark = pytest.mark.integration


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.mark.gen_test
async def test_a_beginning_finds_videos_parties_and_people(api: Api, host: Person, welcome: Welcome) -> None:
    party = await a_party(api, "Matinee for all")
    video = await a_video(api, "The Matinée", description="with popcorn")
    items = (await search(api, "mat")).body["items"]
    assert {(item["kind"], item["id"]) for item in items} == {("party", party["id"]), ("video", video["id"])}
    assert [item["kind"] for item in (await search(api, "mat", kind="parties")).body["items"]] == ["party"]
    assert [item["id"] for item in (await search(api, "popcorn")).body["items"]] == [video["id"]]
    assert [item["username"] for item in (await search(api, "han")).body["items"]] == ["hanna"]
    assert (await search(api, "!!! …")).body == {"items": [], "next": None}


@pytest.mark.gen_test
async def test_one_edit_is_forgiven_where_nothing_else_is_found(api: Api, host: Person) -> None:
    await a_party(api, "Matinee")
    assert await titles(api, "matniee") == ["Matinee"]
    assert await titles(api, "xatniee") == []
    await a_party(api, "Matniee indeed")
    assert await titles(api, "matniee") == ["Matniee indeed"]


@pytest.mark.gen_test
async def test_nobody_finds_what_they_may_not_see(api: Api, host: Person, guest: Person, other: Person) -> None:
    """Every thing, asked for by everybody."""
    shared = await a_party(api, "secret shared", visibility="unlisted")
    await api.post(f"/parties/{shared['id']}/join", {}, token=guest.token)
    await a_party(api, "secret open")
    await a_party(api, "secret link", visibility="unlisted")
    await a_party(api, "secret closed", visibility="private")
    over = await a_party(api, "secret over")
    await api.post(f"/parties/{over['id']}/end")
    gone = await a_party(api, "secret gone")
    await api.delete(f"/parties/{gone['id']}")
    for visibility in ("public", "unlisted", "private"):
        await a_video(api, f"secret {visibility} video", visibility=visibility)
    await api.post("/videos", {"title": "secret upload", "source": "upload", "visibility": "public"})
    to_all = {"secret open", "secret public video"}
    mine = {"secret link", "secret closed", "secret over", "secret upload"}
    expected = {
        "": to_all,
        other.token: to_all,
        guest.token: {*to_all, "secret shared"},
        host.token: {*to_all, *mine, "secret shared", "secret unlisted video", "secret private video"},
    }
    for token, allowed in expected.items():
        for q in ("secret", "sec", "s", "sceret"):
            assert set(await titles(api, q, token, limit=100)) == allowed, q
            suggested = await api.get("/search/suggest", query={"q": q}, token=token)
            assert {item["text"] for item in suggested.body["items"]} <= allowed


@pytest.mark.gen_test
async def test_between_people_with_a_block_nothing_is_found_either_way(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, other: Person, store: Store, clock: MovableClock
) -> None:
    party = await a_party(api, "shared evening")
    await a_video(api, "shared clip")
    await api.post(f"/parties/{party['id']}/join", {}, token=guest.token)
    assert set(await titles(api, "shared", guest.token)) == {"shared evening", "shared clip"}
    for from_id, to_id in ((host.id, guest.id), (guest.id, host.id)):
        await store.relations.add("block", from_id, to_id, utc(clock.now_ms()))
        for q in ("shared", "shraed", "hanna", "@hanna", "gustav"):
            found = await titles(api, q, guest.token), await titles(api, q, host.token)
            assert "hanna" not in found[0], q
            assert "gustav" not in found[1], q
            assert not {"shared evening", "shared clip"} & set(found[0]), q
        assert set(await titles(api, "shared", other.token)) == {"shared evening", "shared clip"}
        await store.relations.remove("block", from_id, to_id)


@pytest.mark.gen_test
async def test_a_private_profile_is_found_by_exactly_its_username(
    api: Api, host: Person, guest: Person, store: Store, clock: MovableClock
) -> None:
    await store.users.set_profile(host.id, {"privacy": "private"}, display_name="Hanna Hidden")
    for q in ("han", "hidden", "hannaa", "hanna hidden"):
        assert await titles(api, q, guest.token, kind="users") == [], q
    assert await titles(api, "Hanna", guest.token, kind="users") == ["hanna"]
    assert await titles(api, "hidden", host.token, kind="users") == ["hanna"]
    tomorrow = utc(clock.now_ms()) + timedelta(days=1)
    await store.users.set_standing(host.id, Standing(suspended=True, suspended_until=tomorrow))
    assert await titles(api, "hanna", guest.token, kind="users") == []
    await store.users.set_standing(host.id, Standing(suspended=True, suspended_until=utc(clock.now_ms() - 1)))
    assert await titles(api, "hanna", guest.token, kind="users") == ["hanna"]


@pytest.mark.gen_test
async def test_what_changes_is_found_by_what_it_is_now(api: Api, host: Person) -> None:
    party, video = await a_party(api, "Before"), await a_video(api, "Before", description="thunder")
    await api.post(f"/parties/{party['id']}/control", {"command": "settings", "title": "Afterwards"})
    await api.patch(f"/videos/{video['id']}", {"title": "Afterwards"})
    assert await titles(api, "before") == []
    assert await titles(api, "after") == ["Afterwards", "Afterwards"]
    assert await titles(api, "thunder") == ["Afterwards"]
    await api.patch(f"/videos/{video['id']}", {"visibility": "private", "description": "rain"})
    assert await titles(api, "after", kind="videos") == []
    assert await titles(api, "thunder", host.token) == []
    assert await titles(api, "rain", host.token) == ["Afterwards"]
    await api.patch("/users/me", {"display_name": "Émilie"})
    assert await titles(api, "emil") == ["hanna"]


@pytest.mark.gen_test
async def test_a_cursor_leads_on_in_its_own_list_only(api: Api, host: Person) -> None:
    for number in range(3):
        await a_party(api, f"film {number}")
    page = (await search(api, "film", limit=2)).body
    for query in (
        {"q": "films", "cursor": page["next"]},
        {"q": "film", "kind": "users", "cursor": page["next"]},
        {"q": "film", "cursor": "x" * 30},
        {"q": "film", "cursor": "é"},
    ):
        reply = await api.get("/search", query=query, token="")
        assert (reply.status, reply.body["code"]) == (400, "invalid"), query
    for query in ({}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "kind": "cats"}, {"q": "x", "limit": "0"}):
        assert (await api.get("/search", query=query, token="")).status == 400, query


@pytest.mark.gen_test
async def test_what_looks_like_a_pattern_is_text(api: Api, host: Person) -> None:
    await a_party(api, "Film (director's cut) 2.0 [HD]")
    for q in ("^film", "film.*", "f[i]lm", "(", "$where", "film|x", "\\", ".*", "[", "film$"):
        found = await titles(api, q)
        assert found in ([], ["Film (director's cut) 2.0 [HD]"]), q
    assert await titles(api, ".*") == []
    assert await titles(api, "2.0") == ["Film (director's cut) 2.0 [HD]"]


@pytest.mark.gen_test
async def test_documents_of_before_are_found_once_they_have_keys(api: Api, host: Person, store: Store) -> None:
    await a_party(api, "Matinee")
    await a_video(api, "Matinee")
    for name in ("parties", "videos", "users"):
        await store._collection(name).update_all(
            {}, {"$unset": {"search_keys": 1, "search_rank": 1, "search_version": 1}}
        )
    assert await titles(api, "mat") == []
    assert [await store.parties.rekey(), await store.videos.rekey(), await store.users.rekey()] == [1, 1, 1]
    assert await titles(api, "mat") == ["Matinee", "Matinee"]
    assert await titles(api, "hanna") == ["hanna"]
    assert await store.parties.rekey() == 0


@pytest.mark.gen_test
async def test_suggestions_name_what_somebody_may_mean(api: Api, host: Person, clock: MovableClock) -> None:
    for number in range(12):
        await a_party(api, f"Halloween {number}", scheduled_for=(utc(clock.now_ms()) + timedelta(days=1)).isoformat())
    reply = await api.get("/search/suggest", query={"q": "ha"}, token="")
    assert (reply.status, len(reply.body["items"])) == (200, 8)
    codes = {item["code"] for item in reply.body["items"] if item["kind"] == "party"}
    assert (await api.get(f"/parties/by-code/{codes.pop()}", token="")).status == 200
    people = await api.get("/search/suggest", query={"q": "ha", "kind": "users"}, token="")
    assert people.body["items"] == [{"kind": "user", "id": host.id, "text": "hanna", "username": "hanna"}]
