"""Many nodes, bad weather, and a log that is right at the end of it: see `world.py` for what happens, `model.py` for what must hold."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.conftest import ExpectedLogs
from tests.simulation.actions import ASKED, FAIR, JUMPS_MS, LOST, OUT, RESTS_MS, ROUGH, SAID, drawn
from tests.simulation.world import NAMES, NODES, World

CALM_EVERY = 400
STEPS_OF_A_WORLD = 2_000

who = st.integers(0, len(NAMES) - 1)
where = st.integers(0, NODES - 1)


@pytest.fixture(autouse=True)
def bad_weather(logs: ExpectedLogs) -> None:
    logs.allow("projection_behind")


async def a_story(seed: int, steps: int, counts: Counter[str]) -> int:
    """Play one world; return how many events its log has."""
    chance, world = Random(seed), World(seed)
    await world.begin()
    for step in range(1, steps + 1):
        action, *args = drawn(chance)
        await world.do(action, *args)
        if step % CALM_EVERY == 0:
            await world.calm()
    await world.calm()
    await world.end()
    counts.update(world.counts)
    return world.model.seq


def played(seed: int, steps: int) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    events = 0
    for first in range(0, steps, STEPS_OF_A_WORLD):
        try:
            events += asyncio.run(a_story(seed + first, min(STEPS_OF_A_WORLD, steps - first), counts))
        except BaseException:
            print(f"\nthe story that failed: seed {seed + first}")
            raise
    return counts, events


@pytest.mark.parametrize("seed", [20_261_127, 11_000_000])
def test_a_story_of_storms_ends_with_everybody_where_the_log_is(seed: int) -> None:
    """Two seeds, as each finds what the other does not: the second one, a hub that heals no gap."""
    counts, events = played(seed, steps=4_000)
    assert counts["crash"] > 5
    assert events > 200


@pytest.mark.long
@pytest.mark.simulation
def test_a_million_steps() -> None:
    seed, steps = int(os.environ.get("MATINEE_SEED", str(Random().randrange(10**9)))), 1_000_000
    began = time.monotonic()
    counts, events = played(seed, steps)
    assert counts.total() == steps
    print(
        f"\nseed {seed}: {steps:,} steps, {events:,} events in the logs, {time.monotonic() - began:.0f} s; {dict(counts)}"
    )


class Storms(RuleBasedStateMachine):
    """The same, told by Hypothesis, which finds the shortest story that fails."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(seed=1)
        self.run(self.world.begin())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            self.run(self.world.calm())
        finally:
            self.run(self.world.end())
            self.loop.close()

    @rule(who=who, frame=st.sampled_from(ASKED))
    def ask(self, who: int, frame: dict[str, Any]) -> None:
        self.run(self.world.do("ask", who, frame))

    @rule(who=who, frame=st.sampled_from(SAID))
    def say(self, who: int, frame: dict[str, Any]) -> None:
        self.run(self.world.do("say", who, frame))

    @rule(who=who)
    def cut(self, who: int) -> None:
        self.run(self.world.do("cut", who))

    @precondition(lambda self: any(self.world.nodes))
    @rule(who=who, where=where)
    def come(self, who: int, where: int) -> None:
        self.run(self.world.do("come", who, where))

    @rule(where=where)
    def crash(self, where: int) -> None:
        self.run(self.world.do("crash", where))

    @rule(where=where)
    def start_again(self, where: int) -> None:
        self.run(self.world.do("start_again", where))

    @rule(weather=st.sampled_from([FAIR, ROUGH, OUT]))
    def weather(self, weather: tuple[float, float, float, bool]) -> None:
        self.run(self.world.do("weather", *weather))

    @rule(what=st.sampled_from(LOST))
    def lose(self, what: str) -> None:
        self.run(self.world.do("lose", what))

    @rule(where=where, ms=st.sampled_from(JUMPS_MS))
    def jump(self, where: int, ms: float) -> None:
        self.run(self.world.do("jump", where, ms))

    @rule(who=who, stuck=st.booleans())
    def stick(self, who: int, stuck: bool) -> None:
        self.run(self.world.do("stick", who, stuck))

    @rule(ms=st.sampled_from(RESTS_MS))
    def rest(self, ms: float) -> None:
        self.run(self.world.do("rest", ms))

    @rule()
    def calm(self) -> None:
        self.run(self.world.calm())


TestStorms = Storms.TestCase
TestStorms.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
