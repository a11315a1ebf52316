"""Peers whose network is gone without a word: away within the bound, told once, no ghosts, and welcome when they come back."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from conf.clock import SystemClock
from matinee.simulate.rest import Rest
from realtime.session import SILENCE_MS
from store.ids import new_id
from tests.drills.crowd import Crowd, Talk
from tests.drills.light import Frame, Light
from tests.drills.test_steady_fire import account
from tests.drills.test_workers import hosted
from tests.fakes.node import PARTY
from tests.fakes.serving import serving
from tests.fakes.silent_proxy import SilentProxy
from tests.running_system import APART, RunningSystem

pytestmark = pytest.mark.drill

GHOSTS, OTHERS = 8, 6
SHORT_SILENCE_MS = 2_000
TICK_SECONDS = 2.0
"""The node looks once a second, tells presence every quarter, and a busy machine is late."""
PATIENCE_SECONDS = 20.0


async def gone_dark(url: str, party_id: str, bound_seconds: float, every_seconds: float) -> dict[str, Any]:
    """Let some members' network go, while the others talk; what these are told, and what the lost ones find later."""
    crowd = Crowd(url)
    proxy = SilentProxy(*crowd.address)
    others = await crowd.enter(party_id, OTHERS)
    far = Crowd(await proxy.start())
    ghosts = await far.enter(party_id, GHOSTS)
    lost = {ghost.member_id for ghost in ghosts}
    offline: Counter[tuple[str, str]] = Counter()
    took: list[float] = []

    def watch(light: Light, frame: Frame) -> None:
        for seen in frame.members if frame.t == "presence" and light in others else ():
            if seen.status == "offline" and seen.id in lost:
                offline[light.name, seen.id] += 1
                took.append(time.monotonic() - began)
                crowd.moved()

    talk = Talk(others, every_seconds=every_seconds)
    await asyncio.sleep(1.0)
    crowd.watch, began = watch, time.monotonic()
    proxy.fall_silent()
    await crowd.until(lambda: len(offline) >= OTHERS * GHOSTS, bound_seconds + PATIENCE_SECONDS)
    await asyncio.sleep(1.0)  # whatever would be told a second time
    late = Crowd(url)
    (newcomer,) = await late.enter(party_id, 1)
    crowd.watch = lambda _light, _frame: None
    for ghost in ghosts:
        ghost.crowd = crowd  # they find another network
        ghost.cut()
    await crowd.until(lambda: all(ghost.inside and ghost.closes for ghost in ghosts), PATIENCE_SECONDS)
    top = await talk.stop(PATIENCE_SECONDS)
    await crowd.even(top, [*ghosts, *others], PATIENCE_SECONDS)
    shown = newcomer.welcomed_with
    for each in (late, crowd, far):
        await each.close()
    await proxy.close()
    return {
        "first": min(took),
        "last": max(took),
        "times_told": set(offline.values()),
        "told": len(offline),
        "shown_online": [ghost.name for ghost in ghosts if shown.get(ghost.member_id) != "offline"],
        "resumes": sum(ghost.resumes for ghost in ghosts),
        "missed": sum(ghost.missed for ghost in ghosts),
        "twice": sum(light.twice for light in [*ghosts, *others]),
    }


def judge(found: dict[str, Any], bound_seconds: float) -> None:
    print(f"\n{GHOSTS} peers gone dark: told offline after {found['first']:.1f} to {found['last']:.1f} s, once each;")
    print(f"{found['resumes']} came back and were told {found['missed']} events")
    assert bound_seconds - 1.5 < found["first"] <= found["last"] < bound_seconds + TICK_SECONDS
    assert (found["told"], found["times_told"]) == (OTHERS * GHOSTS, {1})
    assert found["shown_online"] == []
    assert (found["resumes"], found["twice"]) == (GHOSTS, 0)


@pytest.mark.gen_test(timeout=30)
async def test_a_shorter_silence_on_one_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.session.SILENCE_MS", SHORT_SILENCE_MS)
    async with serving() as server:
        found = await gone_dark(f"http://127.0.0.1:{server.port}", PARTY, SHORT_SILENCE_MS / 1000, every_seconds=0.5)
    judge(found, SHORT_SILENCE_MS / 1000)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with RunningSystem(tmp_path_factory.mktemp("dark") / "data", "--workers", "2", "--no-pipeline", **APART) as running:
        yield running


async def on_two_workers(system: RunningSystem) -> dict[str, Any]:
    rest, clock = Rest(system.url), SystemClock()
    host = await account(rest, clock, "host")
    made = await rest.call("POST", "/parties", {"title": "Dark"}, token=host.token, key=new_id(clock.now_ms()))
    rest.close()
    return await gone_dark(system.url, made["id"], SILENCE_MS / 1000, every_seconds=1.5)


@pytest.mark.long
def test_the_silence_of_the_contract_on_two_workers(system: RunningSystem) -> None:
    judge(asyncio.run(on_two_workers(system)), SILENCE_MS / 1000)
    assert sum(hosted(system)) == 0, "a socket of a peer that is gone was kept"
