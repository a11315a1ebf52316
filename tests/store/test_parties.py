from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.database import Store
from store.documents import Party
from store.errors import AlreadyExists, BadCursor
from store.parties import Filter
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def party(party_id: str, **fields: Any) -> Party:
    facts: dict[str, Any] = {
        "code": f"CODE{party_id:0>4}".upper(),
        "title": f"Party {party_id}",
        "host_id": "ann",
        "creator_id": "ann",
        "created_at": NOW,
    }
    return Party(id=party_id, **{**facts, **fields})


@pytest.mark.gen_test
async def test_a_party_is_found_by_its_id_and_by_its_code_in_any_case(store: Store) -> None:
    added = party("p", settings={"control": "host", "slow_mode_s": 5}, scheduled_for=NOW)
    await store.parties.add(added)
    assert await store.parties.by_id("p") == added
    assert await store.parties.by_code("code000P") == added
    assert await store.parties.by_code("CODE000X") is None


@pytest.mark.gen_test
async def test_a_taken_code_is_named(store: Store) -> None:
    await store.parties.add(party("p"))
    with pytest.raises(AlreadyExists) as refused:
        await store.parties.add(party("q", code=party("p").code))
    assert refused.value.field == "code"


@pytest.mark.gen_test
async def test_a_projection_goes_forward_only(store: Store) -> None:
    await store.parties.add(party("p"))
    assert await store.parties.project("p", 5, {"status": "live", "started_at": NOW}, add_member_user_id="bob")
    assert not await store.parties.project("p", 5, {"status": "ended"})
    assert not await store.parties.project("p", 4, {"status": "lobby"}, add_member_user_id="eve")
    assert await store.parties.project("p", 6, {}, add_member_user_id="bob")
    found = await store.parties.by_id("p")
    assert found is not None
    assert (found.status, found.started_at, found.seq, found.member_user_ids) == ("live", NOW, 6, ["bob"])
    assert found.revision == 2


@pytest.mark.gen_test
@pytest.mark.parametrize("field", ["_id", "id", "code", "seq", "password_hash", "$set", "settings.x"])
async def test_only_what_the_log_tells_is_projected(store: Store, field: str) -> None:
    await store.parties.add(party("p"))
    with pytest.raises(ValueError, match="projected"):
        await store.parties.project("p", 1, {field: "x"})
    assert await store.parties.by_id("p") == party("p")


@pytest.mark.gen_test
async def test_a_password_is_set_and_removed(store: Store) -> None:
    await store.parties.add(party("p"))
    assert await store.parties.set_password_hash("p", "$argon2id$")
    found = await store.parties.by_id("p")
    assert found is not None
    assert found.password_hash == "$argon2id$"
    assert await store.parties.set_password_hash("p", None)
    assert await store.parties.by_id("p") == party("p")


async def listed(store: Store, which: Filter, user_id: str | None) -> list[str]:
    return [item.id for item in (await store.parties.page(which, user_id)).items]


@pytest.mark.gen_test
async def test_each_filter_shows_its_own(store: Store) -> None:
    public, private = {"visibility": "public"}, {"visibility": "private"}
    await store.parties.add(party("1", **public))
    await store.parties.add(party("2", **private, status="live", host_id="bob"))
    await store.parties.add(party("3", **public, status="live", member_user_ids=["cat"]))
    await store.parties.add(party("4", **public, status="ended", member_user_ids=["cat"]))
    await store.parties.add(
        party("5", **private, status="scheduled", scheduled_for=NOW, creator_id="eve", host_id="eve")
    )
    await store.parties.add(party("6", status="live", creator_id="eve", host_id="eve"))
    assert await listed(store, "public", None) == ["3", "1"]
    assert await listed(store, "public", "ann") == ["3", "1"]
    assert await listed(store, "mine", "ann") == ["4", "3", "2", "1"]
    assert await listed(store, "mine", "bob") == ["2"]
    assert await listed(store, "mine", "cat") == ["4", "3"]
    assert sorted(await store.parties.live()) == ["2", "3", "6"]
    assert await listed(store, "live", None) == ["3"]
    assert await listed(store, "live", "bob") == ["3", "2"]
    assert await listed(store, "live", "eve") == ["6", "3"]
    assert await listed(store, "upcoming", "eve") == ["5"]
    assert await listed(store, "upcoming", "ann") == []
    assert await listed(store, "past", "cat") == ["4"]
    assert await listed(store, "past", "bob") == []
    assert await listed(store, "mine", None) == await listed(store, "past", None) == []


@pytest.mark.gen_test
async def test_what_is_coming_is_listed_the_soonest_first_over_pages_with_equal_times(store: Store) -> None:
    for number, hours in enumerate([3, 1, 2, 1, 1, 2]):
        at = NOW + timedelta(hours=hours)
        await store.parties.add(party(str(number), visibility="public", status="scheduled", scheduled_for=at))
    found, cursor = [], None
    while True:
        page = await store.parties.page("upcoming", None, limit=2, cursor=cursor)
        found += [item.id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == ["1", "3", "4", "2", "5", "0"]
    other = await store.parties.page("public", None, limit=1)
    with pytest.raises(BadCursor):  # it belongs to a list in another order
        await store.parties.page("upcoming", None, cursor=other.next)


@pytest.mark.gen_test
async def test_a_deleted_party_is_gone(store: Store) -> None:
    await store.parties.add(party("p"))
    assert await store.parties.delete("p")
    assert not await store.parties.delete("p")
