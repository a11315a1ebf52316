"""Reads, changes, failures and time in every order: what is given is never older than what was known when it was asked."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from conf.metrics import NullMetrics
from store.cached.cache import Cache, Key
from tests.fakes.clock import ManualClock, settle

GROUPS = ("ann", "bob")
QUESTIONS = (b"1", b"2")
keys = st.builds(Key, st.sampled_from(GROUPS), st.sampled_from(QUESTIONS))


@dataclass
class Read:
    """One read of the database: `seen` is set when the database looks, `end` when its answer arrives."""

    key: Key
    seen: bytes | None = None
    end: asyncio.Event = field(default_factory=asyncio.Event)
    look: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False


class CacheMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.current = True
        self.stored = dict.fromkeys(GROUPS, 0)
        """The database: each change counts up."""
        self.known = dict.fromkeys(GROUPS, 0)
        """Up to which change the cache has been told."""
        self.reads: list[Read] = []
        self.asked: list[tuple[Key, int, asyncio.Future[bytes]]] = []
        self.cache = Cache(
            "machine",
            seconds=60,
            entries=3,
            limit_bytes=1_500,
            clock=self.clock,
            metrics=NullMetrics(),
            current=lambda: self.current,
        )

    def run(self) -> None:
        self.loop.run_until_complete(settle())

    @rule(key=keys)
    def ask(self, key: Key) -> None:
        async def load() -> bytes:
            read = Read(key)
            self.reads.append(read)
            await read.look.wait()
            read.seen = str(self.stored[key.group]).encode()
            await read.end.wait()
            if read.fails:
                raise OSError
            return read.seen

        at_least = self.known[key.group] if self.current else self.stored[key.group]
        self.asked.append((key, at_least, asyncio.ensure_future(self.cache.get(key, load), loop=self.loop)))
        self.run()

    @precondition(lambda self: self.reads)
    @rule(which=st.integers(0, 50))
    def look(self, which: int) -> None:
        self.reads[which % len(self.reads)].look.set()
        self.run()

    @precondition(lambda self: self.reads)
    @rule(which=st.integers(0, 50), fails=st.booleans())
    def end(self, which: int, fails: bool) -> None:
        read = self.reads[which % len(self.reads)]
        if read.seen is not None:
            read.fails = fails
            read.end.set()
            self.run()

    @precondition(lambda self: self.reads)
    @rule(which=st.integers(0, 50), group=st.sampled_from(GROUPS))
    def end_just_as_a_change_is_told(self, which: int, group: str) -> None:
        self.stored[group] += 1
        self.reads[which % len(self.reads)].end.set()
        self.tell(group)

    @precondition(lambda self: self.asked)
    @rule(which=st.integers(0, 50))
    def give_up(self, which: int) -> None:
        self.asked.pop(which % len(self.asked))[2].cancel()
        self.run()

    @rule(group=st.sampled_from(GROUPS))
    def change(self, group: str) -> None:
        """Somebody else writes; we have not been told."""
        self.stored[group] += 1

    @rule(group=st.sampled_from(GROUPS))
    def tell(self, group: str) -> None:
        self.known[group] = self.stored[group]
        self.cache.invalidate(group)
        self.run()

    @rule()
    def lose_and_find_the_stream(self) -> None:
        self.current = not self.current
        if self.current:
            self.known = dict(self.stored)
            self.cache.clear()
        self.run()

    @rule(seconds=st.integers(1, 70))
    def wait(self, seconds: int) -> None:
        self.loop.run_until_complete(self.clock.advance(seconds))

    @invariant()
    def nobody_is_given_what_was_known_to_be_old(self) -> None:
        for key, at_least, answer in [each for each in self.asked if each[2].done()]:
            if answer.exception() is None:
                assert at_least <= int(answer.result()), f"{key} is older than what the cache knew when it was asked"
        self.asked = [each for each in self.asked if not each[2].done()]

    @invariant()
    def the_bounds_hold(self) -> None:
        figures = self.cache.figures()
        assert 0 <= figures.entries <= 3
        assert 0 <= figures.bytes <= 1_500
        assert (figures.entries == 0) == (figures.bytes == 0)

    def teardown(self) -> None:
        for read in self.reads:
            read.look.set()
            read.end.set()
        self.run()
        self.nobody_is_given_what_was_known_to_be_old()
        assert not self.asked, "somebody waits for ever"
        self.current = True
        self.cache.clear()
        assert (self.cache.figures().entries, self.cache.figures().bytes) == (0, 0)
        self.loop.close()


TestCache = CacheMachine.TestCase
TestCache.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
