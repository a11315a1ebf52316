"""Members who do not read while the party is busy: they cost little, are closed with 4029, and come back to all they missed."""

import asyncio
from typing import Any

import psutil
import pytest

from conf.clock import SystemClock
from matinee.simulate import people
from matinee.simulate.people import Party
from matinee.simulate.rest import Rest
from realtime.errors import TOO_FAST_OR_SLOW
from store.ids import new_id
from tests.drills.crowd import Crowd, Talk, kept, told
from tests.drills.test_steady_fire import account
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

MIB = 1024 * 1024
SPEAKERS, EVERY_SECONDS = 8, 0.12
FILLING = "🍿" * 1_900
"""A message of 7.6 KB: half a megabyte a second, so that a reader who stops is 1 MiB behind before 5 s are over."""
BEHIND_MESSAGES = 270
"""2 MiB: more than the node queues for a reader, and the kernel on both sides."""
QUIET_SECONDS = 2.5
PATIENCE_SECONDS = 20.0
SMALL_BUFFER = 4096


class Peak:
    """The most memory that a process takes beyond what it had."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._most = self._before = self._process.memory_info().rss
        self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while True:
            self._most = max(self._most, self._process.memory_info().rss)
            await asyncio.sleep(0.05)

    def stop(self) -> float:
        """Give it in MiB."""
        self._task.cancel()
        return (self._most - self._before) / MIB


async def busy_party(system: RunningSystem, readers: int, slow: int) -> dict[str, Any]:
    rest, clock, crowd = Rest(system.url), SystemClock(), Crowd(system.url)
    host = await account(rest, clock, "host")
    made = await rest.call("POST", "/parties", {"title": "Busy"}, token=host.token, key=new_id(clock.now_ms()))
    good = await crowd.enter(made["id"], readers)
    lazy = await crowd.enter(made["id"], slow, receive_bytes=SMALL_BUFFER)
    web = system.pid("web")
    talk = Talk(good[:SPEAKERS], every_seconds=EVERY_SECONDS, filling=FILLING)
    await asyncio.sleep(QUIET_SECONDS)
    alone = crowd.take_latencies()

    peak = Peak(web)
    for light in lazy:
        assert light.transport is not None
        light.transport.pause_reading()
    stopped_at = good[0].position
    await crowd.until(lambda: good[0].position >= stopped_at + BEHIND_MESSAGES, PATIENCE_SECONDS)
    beside, mib = crowd.take_latencies(), peak.stop()
    for light in lazy:
        if light.transport is not None:
            light.transport.resume_reading()
    await crowd.until(lambda: all(light.closes for light in lazy), PATIENCE_SECONDS)

    peak = Peak(web)
    top = await talk.stop(PATIENCE_SECONDS)
    await crowd.even(top, crowd.members, PATIENCE_SECONDS)
    coming_back = peak.stop()
    log = await people.whole_log(rest, Party(id=made["id"], code=made["code"]), host.token)
    await crowd.close()
    rest.close()
    kept(log, talk.acknowledged)
    return {
        "codes": [code for light in lazy for code in light.closes],
        "twice": sum(light.twice for light in crowd.members),
        "resumes": sum(light.resumes for light in lazy),
        "missed": sum(light.missed for light in lazy),
        "mib_each": mib / slow,
        "coming_back": coming_back,
        "alone": alone,
        "beside": beside,
    }


@pytest.mark.parametrize(
    ("readers", "slow"), [(30, 20), pytest.param(60, 150, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_slow_readers_cost_little_and_hurt_nobody(plain: RunningSystem, readers: int, slow: int) -> None:
    found = asyncio.run(busy_party(plain, readers, slow))
    print(
        f"\n{slow} slow readers: {found['mib_each']:.2f} MiB of the node each; {found['resumes']} came back and were told"
    )
    print(f"{found['missed']} events ({found['coming_back']:.0f} MiB for all of that)")
    print(f"the {readers} others without them: {told(found['alone'])}; beside them: {told(found['beside'])}")
    assert found["codes"] == [TOO_FAST_OR_SLOW] * slow
    assert found["mib_each"] <= 1
    assert found["twice"] == 0
    assert found["resumes"] == slow
