"""A log that was archived reads as it did before, wherever the process that moved it died."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from conf.clock import SystemClock, utc
from matinee.mongod import EmbeddedMongod
from store.blocking import connect_blocking
from store.database import Store
from store.documents import PartyEvent
from store.party_archiving import DELETED_AT_ONCE, PartyArchiver
from tests.store.conftest import said, said_from

pytestmark = pytest.mark.integration
PARTY = "p"


class Died(Exception):  # noqa: N818 - what it stands for
    pass


class Dying:
    """A collection whose user is gone after so many writes, of all collections together."""

    def __init__(self, raw: Any, lives: list[int]) -> None:
        self._raw = raw
        self._lives = lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def bulk_write(self, *args: Any, **kwargs: Any) -> Any:
        if not self._lives[0]:
            raise Died
        self._lives[0] -= 1
        return self._raw.bulk_write(*args, **kwargs)


@pytest.fixture
def blocking(mongod: EmbeddedMongod, database: str) -> Iterator[Database[dict[str, Any]]]:
    opened = connect_blocking(mongod.uri, database)
    yield opened
    opened.client.close()


async def filled(store: Store, commits: int = 250, each: int = 11) -> list[PartyEvent]:
    for n in range(commits):
        await store.party_log.append(PARTY, n * each, said_from(n * each + 1, each))
    return await store.party_log.read(PARTY)


async def the_same(store: Store, before: list[PartyEvent]) -> bool:
    """Read in all the ways in which readers do."""
    log = store.party_log
    whole = await log.read(PARTY) == before
    stretches = [
        (after, limit) for after in (0, 1, 11, 12, 999, 2738, 2739, 2749, 2750) for limit in (1, 11, 500, 1000)
    ]
    pages = all([await log.read(PARTY, *stretch) == before[stretch[0] : sum(stretch)] for stretch in stretches])
    typed = await store.party_log_by_type.read(PARTY, ["chat.sent"], after=5, limit=3000) == before[5:]
    top = await log.top(PARTY) == len(before)
    return whole and pages and typed and top and await log.epoch(PARTY) == before[0].event_id


@pytest.mark.gen_test(timeout=60)
async def test_an_archived_log_reads_as_it_did_before(store: Store, raw: Any, blocking: Any) -> None:
    before = await filled(store)
    moved = PartyArchiver(blocking).move(PARTY)
    assert (moved.commits, moved.events, moved.whole) == (248, 248 * 11, True)
    assert raw.party_log.count_documents({}) == 2
    assert await the_same(store, before)


@pytest.mark.gen_test(timeout=60)
async def test_what_comes_late_goes_where_it_would_have_gone(store: Store, raw: Any, blocking: Any) -> None:
    before = await filled(store)
    PartyArchiver(blocking).move(PARTY)
    late = said_from(len(before) + 1, 3)
    await store.party_log.append(PARTY, len(before), late)
    assert await store.party_log.read(PARTY) == [*before, *late]
    assert PartyArchiver(blocking).move(PARTY).commits == 1
    assert raw.party_log.count_documents({}) == 2
    assert await store.party_log.read(PARTY) == [*before, *late]


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("lives", range(250 // DELETED_AT_ONCE + 2))
async def test_whichever_step_it_dies_in_nothing_is_lost_or_doubled(
    store: Store, raw: Any, blocking: Any, lives: int
) -> None:
    before = await filled(store)
    left = [lives]
    dying = {name: Dying(blocking[name], left) for name in ("party_log", "party_archive", "parties")}
    with pytest.raises(Died):
        PartyArchiver(dying).move(PARTY)  # type: ignore[arg-type]
    assert await the_same(store, before)
    assert PartyArchiver(blocking).move(PARTY).whole
    assert await the_same(store, before)
    assert raw.party_log.count_documents({}) == 2


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("lives", [0, 1, 2, 5, 9, 14])
async def test_a_long_log_is_moved_part_by_part(
    store: Store, raw: Any, blocking: Any, lives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await filled(store)
    with monkeypatch.context() as small:
        small.setattr("store.party_archiving.COMMITS_AT_ONCE", 30)
        left = [lives]
        dying = {name: Dying(blocking[name], left) for name in ("party_log", "party_archive", "parties")}
        with pytest.raises(Died):
            PartyArchiver(dying).move(PARTY)  # type: ignore[arg-type]
        assert await the_same(store, before)
        small.setattr("store.party_archiving.COMMITS_AT_ONCE", 47)  # so that parts and blocks do not fit each other
        assert PartyArchiver(blocking).move(PARTY).whole
    assert await the_same(store, before)
    assert raw.party_log.count_documents({}) == 2


@pytest.mark.gen_test(timeout=60)
async def test_what_is_in_both_places_is_exported_once(store: Store, blocking: Any) -> None:
    before = [msgspec.structs.replace(said(seq), user_id="erika") for seq in range(1, 51)]
    for event in before:
        await store.party_log.append(PARTY, event.seq - 1, [event])
    left = [1]
    dying = {name: Dying(blocking[name], left) for name in ("party_log", "party_archive", "parties")}
    with pytest.raises(Died):
        PartyArchiver(dying).move(PARTY)  # type: ignore[arg-type]
    now_ms = SystemClock().now_ms()
    exported = [row["seq"] async for row in store.party_log_past.events_of("erika", now_ms, now_ms)]
    assert sorted(exported) == [event.seq for event in before]


@pytest.mark.gen_test(timeout=60)
async def test_who_is_forgotten_while_a_log_is_moved_is_forgotten_in_both_places(
    store: Store, raw: Any, blocking: Any
) -> None:
    await filled(store)

    def forget(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "body": {"forgotten": True}} if event["seq"] % 2 else event

    class Rewritten(Dying):
        """Between the blocks and the taking out, an erasure goes through the log."""

        def bulk_write(self, *args: Any, **kwargs: Any) -> Any:
            if self._raw.name == "party_log":
                for commit in self._raw.find({"seq": {"$gt": 1000}}):
                    events = [forget(event) for event in commit["events"]]
                    self._raw.update_one({"_id": commit["_id"]}, {"$set": {"events": events}})
            return super().bulk_write(*args, **kwargs)

    collections = {name: Rewritten(blocking[name], [9]) for name in ("party_log", "party_archive", "parties")}
    moved = PartyArchiver(collections).move(PARTY)  # type: ignore[arg-type]
    assert not moved.whole
    await store.party_log_past.rewrite(PARTY, forget)
    assert PartyArchiver(blocking).move(PARTY).whole
    assert raw.party_log.count_documents({}) == 2
    events = await store.party_log.read(PARTY)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all((event.body == {"forgotten": True}) == bool(event.seq % 2) for event in events)
    assert await store.party_log_past.rewrite(PARTY, forget) == 0


@pytest.mark.gen_test(timeout=60)
async def test_people_are_found_in_what_is_archived(store: Store, blocking: Any) -> None:
    now_ms = 1_790_000_000_000
    await store.party_log.append(PARTY, 0, said_from(1, 5))
    hers = msgspec.structs.replace(said(6, user_id="erika"), body={"message": {"id": "m1"}})
    await store.party_log.append(PARTY, 5, [hers])
    await store.party_log.append(PARTY, 6, said_from(7, 5))
    PartyArchiver(blocking).move(PARTY)
    assert await store.party_log_past.parties_of("erika", now_ms, now_ms) == [PARTY]
    assert [row["seq"] async for row in store.party_log_past.events_of("erika", now_ms, now_ms)] == [6]
    assert await store.party_log_by_type.said(PARTY, "m1") == hers


@pytest.mark.gen_test(timeout=60)
@pytest.mark.parametrize("archived", [False, True], ids=["in the log", "archived"])
@pytest.mark.parametrize(
    "body",
    [{"video": {"id": "v", "uploader_id": "erika"}}, {"items": [{"id": "i"}, {"id": "j", "uploader_id": "erika"}]}],
    ids=["shown", "queued"],
)
async def test_parties_of_somebodys_videos_are_found_and_nothing_that_others_did_is_theirs(
    store: Store, blocking: Any, archived: bool, body: dict[str, Any]
) -> None:
    await store.party_log.append(PARTY, 0, said_from(1, 5))
    await store.party_log.append(PARTY, 5, [msgspec.structs.replace(said(6, user_id="ann"), body=body)])
    await store.party_log.append(PARTY, 6, said_from(7, 5))
    await store.party_log.append("other", 0, [said(1, user_id="ann")])
    if archived:
        PartyArchiver(blocking).move(PARTY)
    now_ms = SystemClock().now_ms()
    assert await store.party_log_past.parties_of("erika", now_ms, now_ms) == [PARTY]
    assert [row async for row in store.party_log_past.events_of("erika", now_ms, now_ms)] == []


@pytest.mark.gen_test(timeout=60)
async def test_those_that_ended_are_listed_until_they_are_archived(store: Store, raw: Any, blocking: Any) -> None:
    archiver = PartyArchiver(blocking)
    for n, ended in enumerate([utc(3_000), None, utc(1_000), utc(9_000)]):
        raw.parties.insert_one({"_id": f"p{n}", "code": f"c{n}", "ended_at": ended})
    assert archiver.over(utc(5_000), 10) == ["p2", "p0"]
    archiver.note("p2", utc(6_000))
    assert archiver.over(utc(5_000), 10) == ["p0"]
