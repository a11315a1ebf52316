import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.audit_log import AuditFilter
from store.database import Store
from store.documents import AuditEntry
from store.ids import first_id, made_at_ms, new_id

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOW_MS = NOW.timestamp() * 1000


def entry(at_ms: float, action: str = "user.ban", by: str | None = "ann") -> AuditEntry:
    return AuditEntry(id=new_id(at_ms), by=by, by_name=by or "command line", action=action, outcome="begun", at=NOW)


@pytest.mark.gen_test
async def test_entries_of_a_stretch_of_time_are_found_to_the_millisecond(store: Store) -> None:
    for ms in range(5):
        await store.audit_log.add(entry(NOW_MS + ms, f"a{ms}"))
    since, until = NOW + timedelta(milliseconds=1), NOW + timedelta(milliseconds=3)
    found = await store.audit_log.page(AuditFilter(since=since, until=until), limit=9, cursor=None)
    assert [one.action for one in found.items] == ["a2", "a1"]
    assert [one.action async for one in store.audit_log.each(AuditFilter(since=until))] == ["a3", "a4"]


@pytest.mark.gen_test
async def test_what_came_of_an_action_is_added_to_what_is_there(store: Store) -> None:
    made = entry(NOW_MS)
    made.details = {"reason": "spam"}
    await store.audit_log.add(made)
    assert await store.audit_log.end(made.id, "refused", {"refusal": "conflict"})
    (found,) = (await store.audit_log.page(AuditFilter(by="ann"), limit=9, cursor=None)).items
    assert (found.outcome, found.details) == ("refused", {"reason": "spam", "refusal": "conflict"})
    assert not await store.audit_log.end("nothing", "done", {})


@pytest.mark.gen_test
async def test_more_than_a_batch_is_read_whole_and_in_order(store: Store) -> None:
    made = [entry(NOW_MS + n) for n in range(2100)]
    await asyncio.gather(*map(store.audit_log.add, made))
    assert [one.id async for one in store.audit_log.each(AuditFilter())] == [one.id for one in made]


@pytest.mark.parametrize("at_ms", [-1e18, -1, 0, NOW_MS, 2**48, 1e30])
def test_the_first_id_of_a_moment_is_below_those_made_then(at_ms: float) -> None:
    first = first_id(at_ms)
    assert len(first) == 32
    if 0 <= at_ms < 2**48:
        assert first < new_id(at_ms)
        assert made_at_ms(first) == int(at_ms)
