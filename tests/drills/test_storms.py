"""Two workers and a crowd: the bus away under load, everybody back at once, a worker that is drained. Nothing lost, nothing doubled."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conf.clock import SystemClock
from matinee.simulate import people
from matinee.simulate.people import Party
from matinee.simulate.rest import Rest
from realtime.errors import GOING_AWAY
from realtime.hub import AWAY_TICKS
from store.ids import new_id
from tests.drills.crowd import Crowd, Talk, kept, told
from tests.drills.light import BROKEN, Light
from tests.drills.test_steady_fire import account
from tests.drills.test_workers import hosted, workers
from tests.fakes.nats_server import NatsServer
from tests.running_system import APART, RunningSystem

pytestmark = pytest.mark.drill

WORKERS = 2
PATIENCE_SECONDS = 30.0
EVERY_SECONDS = 0.25


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsServer]:
    """A NATS of our own: nobody but the drill starts it again."""
    server = NatsServer()
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, nats: NatsServer) -> Iterator[RunningSystem]:
    data = tmp_path_factory.mktemp("storms") / "data"
    with RunningSystem(data, "--workers", str(WORKERS), "--no-pipeline", MATINEE_NATS_URL=nats.url, **APART) as running:
        yield running


class Evening:
    """Some parties with their guests, and what their logs say at the end."""

    def __init__(self, rest: Rest, crowd: Crowd, parties: list[Party], token: str) -> None:
        self.crowd = crowd
        self.parties = parties
        self._rest = rest
        self._token = token

    def of(self, party: Party) -> list[Light]:
        return [light for light in self.crowd.members if light.party_id == party.id]

    def talk(self, party: Party, speakers: int) -> Talk:
        """Let a few in a party talk."""
        return Talk(self.of(party)[:speakers], every_seconds=EVERY_SECONDS)

    async def settle(self, talks: list[Talk]) -> int:
        """End the talk, see that everybody heard all of it and the logs keep it; return how much was acknowledged."""
        for party, talk in zip(self.parties, talks, strict=True):
            top = await talk.stop(PATIENCE_SECONDS)
            await self.crowd.even(top, self.of(party), PATIENCE_SECONDS)
            kept(await people.whole_log(self._rest, party, self._token), talk.acknowledged)
        assert sum(light.twice for light in self.crowd.members) == 0
        return sum(len(talk.acknowledged) for talk in talks)


@asynccontextmanager
async def evening(system: RunningSystem, parties: int, guests: int) -> AsyncIterator[Evening]:
    rest, clock, crowd = Rest(system.url), SystemClock(), Crowd(system.url)
    host = await account(rest, clock, "host")
    made = []
    for _ in range(parties):
        one = await rest.call("POST", "/parties", {"title": "Storm"}, token=host.token, key=new_id(clock.now_ms()))
        made.append(Party(id=one["id"], code=one["code"]))
        await crowd.enter(one["id"], guests)
    try:
        yield Evening(rest, crowd, made, host.token)
    finally:
        await crowd.close()
        rest.close()


# NATS away


async def one_sided(system: RunningSystem, there: Evening, party: Party) -> list[Light]:
    """Find some who share a worker while others sit on another: what they say reaches those by the bus alone."""
    for _ in range(10):
        members = there.of(party)
        ports = {each.raddr.port for each in workers(system)[0].net_connections("tcp") if each.raddr}
        near = [
            light for light in members if light.transport and light.transport.get_extra_info("sockname")[1] in ports
        ]
        if 0 < len(near) < len(members):
            return near[:4]
        await there.crowd.enter(party.id, 5)
    raise AssertionError("the kernel gave all of them to one worker: nothing can be shown")


async def without_nats(system: RunningSystem, nats: NatsServer, seconds: float) -> dict[str, Any]:
    async with evening(system, parties=3, guests=10) as there:
        crowd, (quiet, *others) = there.crowd, there.parties
        speakers = await one_sided(system, there, quiet)
        landed = hosted(system)
        talks = [Talk(speakers, every_seconds=EVERY_SECONDS), *(there.talk(party, speakers=4) for party in others)]
        await asyncio.sleep(1.5)
        found: dict[str, Any] = {"landed": landed, "before": crowd.take_latencies()}
        await asyncio.to_thread(nats.kill)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(nats.start)
        back = time.monotonic()
        found["away"] = crowd.take_latencies()
        for party in there.parties:
            await crowd.even(max(light.position for light in there.of(party)), there.of(party), PATIENCE_SECONDS)
        found["healed"] = time.monotonic() - back
        found["held_up"] = crowd.take_latencies()
        await asyncio.sleep(1.0)
        found["after"] = crowd.take_latencies()
        found["acknowledged"] = await there.settle(talks)
        found["broken"] = sum(sum(light.closes.values()) for light in crowd.members)
    return found


@pytest.mark.parametrize("seconds", [3.0, pytest.param(10.0, marks=pytest.mark.long)], ids=["short", "long"])
def test_what_is_said_while_nats_is_away_reaches_everybody(
    system: RunningSystem, nats: NatsServer, seconds: float
) -> None:
    found = asyncio.run(without_nats(system, nats, seconds))
    print(f"\nNATS away for {seconds:g} s, members on {found['landed']}: {found['acknowledged']} messages kept")
    print(f"from mouth to ear before: {told(found['before'])}; while away, who heard: {told(found['away'])};")
    print(f"all even {found['healed']:.2f} s after its return: {told(found['held_up'])}; then: {told(found['after'])}")
    assert found["broken"] == 0, "nobody had to notice"
    assert found["healed"] < 5.0
    assert max(found["away"] + found["held_up"]) < AWAY_TICKS + 3.0, "the log is looked at meanwhile"


# Everybody at once


async def storm(system: RunningSystem, parties: int, guests: int, strike: Callable[[Crowd], None]) -> dict[str, Any]:
    async with evening(system, parties, guests) as there:
        crowd = there.crowd
        talks = [there.talk(party, speakers=1) for party in there.parties]
        await asyncio.sleep(1.0)
        struck = asyncio.get_running_loop().time()
        strike(crowd)
        await crowd.until(lambda: any(light.closes for light in crowd.members), PATIENCE_SECONDS)
        await asyncio.sleep(1.0)
        acknowledged = await there.settle(talks)
        out = [light for light in crowd.members if light.closes]
        back = sorted(light.in_at - struck for light in out)
        return {
            "out": len(out),
            "most": back[min(len(back) - 1, int(0.999 * len(back)))],
            "half": back[len(back) // 2],
            "closes": dict(sum((light.closes for light in crowd.members), Counter[int]())),
            "refusals": sum(light.refusals for light in crowd.members),
            "resumes": sum(light.resumes for light in crowd.members),
            "missed": sum(light.missed for light in crowd.members),
            "snapshots": sum(light.snapshots for light in crowd.members),
            "acknowledged": acknowledged,
            "landed": hosted(system),
        }


def tell(what: str, found: dict[str, Any]) -> None:
    print(
        f"\n{what}: {found['out']} out; half were back after {found['half']:.2f} s, 99.9 % after {found['most']:.2f} s,"
    )
    print(
        f"on {found['landed']}; {found['resumes']} resumed and were told {found['missed']} events, closes {found['closes']},"
    )
    print(f"{found['refusals']} tries refused, {found['acknowledged']} messages kept")


SIZES = [(5, 50), pytest.param(10, 100, marks=pytest.mark.long)]
"""Parties and guests in each."""


@pytest.mark.parametrize(("parties", "guests"), SIZES, ids=["short", "long"])
def test_everybody_comes_back_at_once(system: RunningSystem, parties: int, guests: int) -> None:
    def cut_all(crowd: Crowd) -> None:
        for light in crowd.members:
            light.cut()

    found = asyncio.run(storm(system, parties, guests, cut_all))
    tell("all lines cut", found)
    assert found["out"] == found["resumes"] == parties * guests
    assert (found["refusals"], found["snapshots"]) == (0, 0)
    assert found["most"] < 30


@pytest.mark.parametrize(("parties", "guests"), SIZES, ids=["short", "long"])
def test_a_worker_is_killed_under_a_crowd(system: RunningSystem, parties: int, guests: int) -> None:
    found = asyncio.run(storm(system, parties, guests, lambda _crowd: workers(system)[0].kill()))
    tell("kill -9 of one of two workers", found)
    assert 0 < found["out"] < parties * guests
    assert found["resumes"] == found["out"]
    assert found["snapshots"] == 0
    assert set(found["closes"]) == {BROKEN}
    assert found["most"] < 30


@pytest.mark.parametrize(("parties", "guests"), SIZES, ids=["short", "long"])
def test_a_worker_is_drained_under_load(system: RunningSystem, parties: int, guests: int) -> None:
    found = asyncio.run(storm(system, parties, guests, lambda _crowd: workers(system)[0].terminate()))
    tell("SIGTERM to one of two workers", found)
    assert 0 < found["out"] < parties * guests
    assert found["resumes"] == found["out"]
    assert found["snapshots"] == 0
    assert set(found["closes"]) == {GOING_AWAY}
    assert found["most"] < 30
