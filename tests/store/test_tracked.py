"""Documents that say when they changed, and deletions that leave a trace."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from store.changes import Change, place_of_seconds, seconds_of_place
from store.database import Store
from store.documents import Party, Video

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def video(name: str, **fields: Any) -> Video:
    facts: dict[str, Any] = {"title": "t", "uploader_id": "ann", "source": "url", "status": "ready", "created_at": NOW}
    return Video(id=name, **{**facts, **fields})


def party(name: str, **fields: Any) -> Party:
    facts: dict[str, Any] = {"code": name, "title": "t", "host_id": "ann", "creator_id": "ann", "created_at": NOW}
    return Party(id=name, **{**facts, **fields})


def names(changes: list[Change]) -> list[tuple[str, str, bool]]:
    return [(change.kind, change.id, change.gone) for change in changes]


@pytest.mark.gen_test
async def test_each_write_moves_its_document_to_the_end_of_the_line(store: Store) -> None:
    await store.videos.add(video("a"))
    await store.videos.add(video("b"))
    await store.parties.add(party("p"))
    assert names(await store.changes.since("ann", 0)) == [
        ("videos", "a", False),
        ("videos", "b", False),
        ("parties", "p", False),
    ]
    await store.videos.update("a", {"title": "new"})
    before = await store.changes.since("ann", 0)
    assert [change.id for change in before] == ["b", "p", "a"]
    await store.parties.project("p", 1, {"status": "live"}, add_member_user_id="bob")
    last = before[-1].at + 1
    assert names(await store.changes.since("ann", last)) == [("parties", "p", False)]
    assert names(await store.changes.since("bob", last)) == [("parties", "p", False)]
    assert await store.changes.since("eve", 0) == []


@pytest.mark.gen_test
async def test_moments_are_those_of_the_database(store: Store) -> None:
    await store.videos.add(video("a"))
    ((change),) = await store.changes.since("ann", 0)
    hello = await store._database.command("hello")
    assert abs(seconds_of_place(change.at) - hello["localTime"].timestamp()) < 30
    assert seconds_of_place(place_of_seconds(1_795_000_000)) == 1_795_000_000


@pytest.mark.gen_test
async def test_a_deletion_leaves_a_trace_for_all_whom_it_concerns_and_nobody_else(store: Store) -> None:
    await store.parties.add(party("p", member_user_ids=["bob", "cat"]))
    ((made),) = await store.changes.since("ann", 0)
    assert await store.parties.delete("p")
    assert not await store.parties.delete("p")
    for person in ("ann", "bob", "cat"):
        assert names(await store.changes.since(person, made.at)) == [("parties", "p", True)], person
    assert await store.changes.since("eve", made.at) == []
    assert await store.changes.since("ann", 0) == []  # from the beginning there is nothing that could be gone
    await store.parties.add(party("p"))
    assert names(await store.changes.since("ann", made.at)) == [("parties", "p", False)]


@pytest.mark.gen_test
async def test_who_runs_into_a_block_is_told_of_the_parties_and_not_of_the_block(store: Store) -> None:
    await store.parties.add(party("p", member_user_ids=["bob"]))
    ((made),) = await store.changes.since("bob", 0)
    await store.relations.add("block", "ann", "bob", NOW)
    changes = await store.changes.since("bob", made.at + 1)
    assert names(changes) == [("parties", "p", False)]
    assert await store.changes.documents("bob", changes, unseen=frozenset({"ann"})) == {}
    await store.relations.remove("block", "ann", "bob")
    assert names(await store.changes.since("bob", changes[0].at + 1)) == [("parties", "p", False)]
    assert names(await store.changes.since("ann", changes[0].at + 1)) == [("relations", "block:ann:bob", True)]


@pytest.mark.gen_test
async def test_simultaneous_deletions_are_one_and_leave_one_trace(store: Store) -> None:
    await store.videos.add(video("a"))
    ((made),) = await store.changes.since("ann", 0)
    outcomes = await asyncio.gather(*(store.videos.delete("a") for _ in range(50)))
    assert sum(outcomes) == 1
    assert names(await store.changes.since("ann", made.at)) == [("videos", "a", True)]
