from datetime import UTC, datetime
from typing import Any

import pytest

from store.database import Store
from store.documents import Video
from store.errors import BadCursor, NotStorable
from tests.store.conftest import over_both

pytestmark = [pytest.mark.integration, *over_both]


def video(video_id: str, **fields: Any) -> Video:
    facts: dict[str, Any] = {
        "title": f"Film {video_id}",
        "uploader_id": "ann",
        "source": "upload",
        "status": "ready",
        "visibility": "public",
        "created_at": datetime(2026, 11, 23, tzinfo=UTC),
    }
    return Video(id=video_id, **{**facts, **fields})


@pytest.mark.gen_test
async def test_a_video_comes_back_as_it_was_added(store: Store) -> None:
    added = video("v", duration_ms=2**40, url="https://example.com/ü.mp4")
    await store.videos.add(added)
    assert await store.videos.by_id("v") == added
    assert await store.videos.by_id("w") is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [("public", [None, "ann", "bob"]), ("unlisted", [None, "ann", "bob"]), ("private", ["ann"])],
)
async def test_who_may_see_a_video_is_part_of_the_question(
    store: Store, visibility: str, seen_by: list[str | None]
) -> None:
    await store.videos.add(video("v", visibility=visibility))
    assert [user for user in (None, "ann", "bob") if await store.videos.visible("v", user)] == seen_by
    assert await store.videos.visible("absent", "ann") is None


@pytest.mark.gen_test
async def test_lists_show_what_is_public_and_ready_and_ones_own(store: Store) -> None:
    await store.videos.add(video("1"))
    await store.videos.add(video("2", visibility="unlisted"))
    await store.videos.add(video("3", status="processing"))
    await store.videos.add(video("4", uploader_id="bob", visibility="private"))

    async def listed(user_id: str | None, uploader_id: str | None = None) -> list[str]:
        return [item.id for item in (await store.videos.page(user_id, uploader_id)).items]

    assert await listed(None) == ["1"]
    assert await listed("ann") == ["3", "2", "1"]
    assert await listed("bob") == ["4", "1"]
    assert await listed("bob", "ann") == ["1"]
    assert await listed(None, "bob") == []


@pytest.mark.gen_test
async def test_pages_join_without_gap_or_double_while_new_ones_come(store: Store) -> None:
    for number in range(7):
        await store.videos.add(video(f"{number}"))
    first = await store.videos.page(None, limit=3)
    assert [item.id for item in first.items] == ["6", "5", "4"]
    await store.videos.add(video("9"))
    second = await store.videos.page(None, limit=3, cursor=first.next)
    assert [item.id for item in second.items] == ["3", "2", "1"]
    last = await store.videos.page(None, limit=3, cursor=second.next)
    assert [item.id for item in last.items] == ["0"]
    assert last.next is None


@pytest.mark.gen_test
@pytest.mark.parametrize("cursor", ["x", "ä", "%%%", "gaFh", "kcA", "\ud800", "w7M" * 50])
async def test_a_cursor_that_is_not_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.videos.page(None, cursor=cursor)


@pytest.mark.gen_test
async def test_an_update_counts_the_revision_and_needs_the_expected_one(store: Store) -> None:
    await store.videos.add(video("v"))
    changed = await store.videos.update("v", {"title": "Other"}, expected_revision=1)
    assert changed is not None
    assert (changed.title, changed.revision) == ("Other", 2)
    assert await store.videos.update("v", {"title": "Lost"}, expected_revision=1) is None
    assert await store.videos.update("absent", {"title": "Lost"}) is None
    assert await store.videos.by_id("v") == changed


@pytest.mark.gen_test
@pytest.mark.parametrize("field", ["id", "_id", "uploader_id", "revision", "$where", "title.x"])
async def test_only_what_may_change_is_changed(store: Store, field: str) -> None:
    await store.videos.add(video("v"))
    with pytest.raises(ValueError, match="may change"):
        await store.videos.update("v", {field: "x"})
    assert await store.videos.by_id("v") == video("v")


@pytest.mark.gen_test
@pytest.mark.parametrize("value", ["\ud800", 2**63, float("nan")], ids=["lone surrogate", "2**63", "NaN"])
async def test_a_value_that_cannot_be_stored_changes_nothing(store: Store, value: object) -> None:
    await store.videos.add(video("v"))
    with pytest.raises(NotStorable):
        await store.videos.update("v", {"title": value})
    with pytest.raises(NotStorable):
        await store.videos.add(video("w", title="\ud800"))
    with pytest.raises(NotStorable):
        await store.videos.by_id("\ud800")
    assert await store.videos.by_id("v") == video("v")


@pytest.mark.gen_test
async def test_a_deleted_video_is_gone(store: Store) -> None:
    await store.videos.add(video("v"))
    assert await store.videos.delete("v")
    assert not await store.videos.delete("v")
    assert await store.videos.by_id("v") is None
