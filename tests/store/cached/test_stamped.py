"""What was computed is given again under the same stamp only, and many who ask at once have it made once."""

import asyncio

import pytest

from conf.metrics import NullMetrics
from store.cached.stamped import Stamped


class Maker:
    """Counts how often it was asked, and waits until it is let go."""

    def __init__(self, value: bytes = b"value") -> None:
        self.value = value
        self.made = 0
        self.go = asyncio.Event()
        self.go.set()

    async def make(self) -> bytes:
        self.made += 1
        await self.go.wait()
        return self.value


def stamped(entries: int = 10, limit_bytes: int = 1000) -> Stamped:
    return Stamped(entries=entries, limit_bytes=limit_bytes, metrics=NullMetrics())


@pytest.mark.gen_test
async def test_the_same_stamp_finds_it_and_another_does_not() -> None:
    kept, first, second = stamped(), Maker(b"first"), Maker(b"second")
    assert await kept.get("q", b"1", first.make) == await kept.get("q", b"1", first.make) == b"first"
    assert await kept.get("q", b"2", second.make) == b"second"
    assert await kept.get("q", b"1", first.make) == b"first"
    assert (first.made, second.made) == (2, 1)


@pytest.mark.gen_test
async def test_of_many_who_ask_at_once_one_makes_it_and_a_later_stamp_does_not_wait_for_it() -> None:
    kept, old, new = stamped(), Maker(b"old"), Maker(b"new")
    old.go.clear()
    waiting = [asyncio.ensure_future(kept.get("q", b"1", old.make)) for _ in range(50)]
    await asyncio.sleep(0)
    assert await kept.get("q", b"2", new.make) == b"new"
    waiting[0].cancel()
    old.go.set()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [each for each in done if each == b"old"] == [b"old"] * 49
    assert old.made == 1
    # What came in late stands under its own stamp, so that nobody who brings the newer one is given it.
    assert await kept.get("q", b"2", new.make) == b"new"


@pytest.mark.gen_test
async def test_what_was_asked_for_longest_ago_makes_room() -> None:
    few, small = stamped(entries=2), stamped(limit_bytes=10)
    for kept in (few, small):
        makers = {name: Maker(b"12345") for name in "abc"}
        for name in "abac":
            await kept.get(name, b"1", makers[name].make)
        for name in "ab":
            await kept.get(name, b"1", makers[name].make)
        assert [makers[name].made for name in "abc"] == [1, 2, 1]


@pytest.mark.gen_test
async def test_a_fault_is_told_and_not_kept() -> None:
    kept, good = stamped(), Maker()

    async def bad() -> bytes:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await kept.get("q", b"1", bad)
    assert await kept.get("q", b"1", good.make) == b"value"


@pytest.mark.gen_test
async def test_turned_off_it_keeps_nothing() -> None:
    kept, maker = stamped(entries=0), Maker()
    for _ in range(2):
        await kept.get("q", b"1", maker.make)
    assert maker.made == 2
