import asyncio
from collections.abc import Awaitable, Callable

import pytest

from store.cached.cache import Cache, Key
from tests.fakes.clock import ManualClock, settle
from tests.fakes.metrics import RecordingMetrics

FILM = Key("film", b"whole")
Load = Callable[[], Awaitable[bytes]]


class Shelf:
    """A cache beside what it reads: `value` is the database's, `reads` how often it was asked."""

    def __init__(self, *, entries: int = 10, limit_bytes: int = 100_000) -> None:
        self.clock, self.metrics = ManualClock(), RecordingMetrics()
        self.current = True
        self.value, self.reads = b"old", 0
        self.answer = asyncio.Event()
        self.answer.set()
        self.cache = Cache(
            "shelf",
            seconds=60,
            entries=entries,
            limit_bytes=limit_bytes,
            clock=self.clock,
            metrics=self.metrics,
            current=lambda: self.current,
        )

    async def load(self) -> bytes:
        self.reads += 1
        value = self.value
        await self.answer.wait()
        return value

    async def get(self, key: Key = FILM) -> bytes:
        return await self.cache.get(key, self.load)


@pytest.mark.gen_test
async def test_what_was_read_is_given_again_until_its_time_is_up() -> None:
    shelf = Shelf()
    assert [await shelf.get() for _ in range(3)] == [b"old"] * 3
    shelf.value = b"new"
    await shelf.clock.advance(53)
    assert await shelf.get() == b"old"
    await shelf.clock.advance(7)
    assert await shelf.get() == b"new"
    assert shelf.reads == 2
    assert (shelf.metrics.counts["cache.hits"], shelf.metrics.counts["cache.misses"]) == (3, 2)


@pytest.mark.gen_test
async def test_a_hundred_who_miss_at_once_cost_one_read() -> None:
    shelf = Shelf()
    shelf.answer.clear()
    asking = [asyncio.ensure_future(shelf.get()) for _ in range(100)]
    await settle()
    asking[0].cancel()  # who goes away takes nobody with them
    await settle()
    shelf.answer.set()
    assert await asyncio.gather(*asking[1:]) == [b"old"] * 99
    assert shelf.reads == 1


@pytest.mark.gen_test
async def test_a_read_from_before_a_change_is_neither_kept_nor_shared_after_it() -> None:
    shelf = Shelf()
    shelf.answer.clear()
    early = asyncio.ensure_future(shelf.get())
    await settle()
    shelf.value = b"new"
    shelf.cache.invalidate("film")
    late = asyncio.ensure_future(shelf.get())
    await settle()
    shelf.answer.set()
    assert (await early, await late, await shelf.get()) == (b"old", b"new", b"new")
    assert shelf.reads == 2


@pytest.mark.gen_test
async def test_while_nobody_knows_what_has_changed_every_read_goes_to_the_database() -> None:
    shelf = Shelf()
    await shelf.get()
    shelf.current = False
    shelf.value = b"new"
    assert await shelf.get() == b"new"
    assert shelf.metrics.counts["cache.bypassed"] == 1


@pytest.mark.gen_test
async def test_a_read_that_fails_is_told_to_all_who_wait_and_not_kept() -> None:
    shelf = Shelf()

    async def fail() -> bytes:
        await asyncio.sleep(0)
        raise OSError("away")

    outcomes = await asyncio.gather(*(shelf.cache.get(FILM, fail) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(outcome, OSError) for outcome in outcomes)
    assert await shelf.get() == b"old"


@pytest.mark.gen_test
async def test_the_one_not_asked_for_longest_makes_room() -> None:
    shelf = Shelf(entries=2)
    one, two, three = (Key(name, b"") for name in ("one", "two", "three"))
    for key in (one, two, one, three):
        await shelf.get(key)
    assert shelf.reads == 3
    await shelf.get(one)
    assert shelf.reads == 3
    await shelf.get(two)
    assert shelf.reads == 4
    figures = shelf.cache.figures()
    assert (figures.entries, figures.evictions) == (2, 2)


@pytest.mark.gen_test
async def test_bytes_are_bounded_and_what_is_larger_than_all_is_not_kept() -> None:
    shelf = Shelf(limit_bytes=5_000, entries=100)
    shelf.value = b"x" * 1_000
    for number in range(50):
        await shelf.get(Key(f"{number}", b""))
    figures = shelf.cache.figures()
    assert figures.entries == 3
    assert 3_000 < figures.bytes <= 5_000
    shelf.value = b"x" * 10_000
    await shelf.get(Key("huge", b""))
    assert shelf.cache.figures() == figures.__class__(
        **{name: getattr(figures, name) for name in figures.__struct_fields__} | {"misses": 51, "loads": 51}
    )


@pytest.mark.gen_test
async def test_forgetting_everything_leaves_nothing_behind() -> None:
    shelf = Shelf()
    for name in "abc":
        await shelf.get(Key(name, b"1"))
        await shelf.get(Key(name, b"2"))
    shelf.cache.clear()
    figures = shelf.cache.figures()
    assert (figures.entries, figures.bytes) == (0, 0)
