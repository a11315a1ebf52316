"""Reading a log page by page: each page is whole, and the database sends little more than it."""

from typing import Any

import pytest

from store.database import Store
from tests.store.conftest import said_from

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "sizes", [[64] * 40, [1] * 100, [1] * 20 + [64] * 10, [64] * 3 + [1] * 200, [3, 7] * 60], ids=str
)
@pytest.mark.gen_test
async def test_a_page_is_whole_and_not_much_more_is_read_for_it(store: Store, sizes: list[int]) -> None:
    top, read = 0, []
    for size in sizes:
        await store.party_log.append("p", top, said_from(top + 1, size))
        top += size
    find = store.party_log._collection.find

    async def counting(*asked: Any, **how: Any) -> list[Any]:
        found = await find(*asked, **how)
        read.append(sum(len(commit["events"]) for commit in found))
        return found

    store.party_log._collection.find = counting  # type: ignore[method-assign]
    for after in (0, 1, 63, 64, top - 100, top):
        for limit in (1, 63, 100, 1000):
            read.clear()
            found = await store.party_log.read("p", after, limit)
            assert [event.seq for event in found] == list(range(after + 1, min(after + limit, top) + 1))
            assert len(read) <= 3
            assert sum(read) <= len(found) + 1024 + 64
