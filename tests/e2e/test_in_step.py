"""Two real Chromium pages and a Python client in one party show the same film at the same moment.

Measured by `requestVideoFrameCallback`: which frame was put on the screen when. All three run on one machine, so their clocks
are one clock (the test checks that) and times compare directly. `matinee` itself is not told that: each player finds the
server's time by its own exchanges.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, cycle, islice
from math import nan
from statistics import median

import psutil
import pytest
from msgspec import Struct

from conf.clock import SystemClock
from matinee.simulate.rest import Rest
from realtime.client import PartyClient, VirtualPlayer, connect
from tests.e2e.chromium import Person, launched
from tests.e2e.conftest import PASSWORD, Host
from tests.e2e.measure import Reading, Window, between_all, coverage, drifts, summary
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e

SEEKS_MS = (40_000, 12_000, 71_000, 5_000, 55_000, 30_000, 82_000, 20_000, 64_000, 47_000)
SETTLE_SECONDS = 3.0
"""What a player may take to be in step after a start or a seek; it is left out of the figures."""
WATCH_SECONDS = 3.0
LIMIT_MS = 20.0
CALM_SECONDS = 6.0
"""Two pages that load at once on two cores read the server's clock badly; they have read it again by then."""
STRANGERS = 0.05
"""Share of the processors that strangers (the host of a virtual machine among them) may take during a window. Beyond it the window
is void, whatever it showed, and a further seek takes its place: at 13 % whole starts were seen 50-90 ms late."""
MOST_WINDOWS = 60
ONE_CLOCK_MS = 5.0
LEAST_COVERAGE = 0.9
"""Share of the moments at which every player must be seen to play: nobody is in step by showing nothing."""


class Watched:
    """Notes where the Python client's player is, by the same wall clock as the browsers'."""

    def __init__(self, player: VirtualPlayer) -> None:
        self.readings: list[Reading] = []
        self._player = player
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            if self._player.moving:
                self.readings.append((time.time() * 1000, self._player.position_ms))  # noqa: TID251 - browsers use it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


class Work:
    """How much of the processors went to others than this test, its browser and its system."""

    def __init__(self, system: RunningSystem) -> None:
        self._system = system
        self._began = self._now()

    def of_others(self) -> float:
        all_then, ours_then, total_then = self._began
        all_now, ours_now, total_now = self._now()
        return max(0.0, (all_now - all_then) - (ours_now - ours_then)) / (total_now - total_then)

    def _now(self) -> tuple[float, float, float]:
        times = psutil.cpu_times()
        me = psutil.Process()
        ours = 0.0
        for process in {me, *me.children(recursive=True), *self._system.family()}:
            with suppress(psutil.NoSuchProcess):
                ours += sum(process.cpu_times()[:2])
        return sum(times) - times.idle - times.iowait, ours, sum(times)


async def apart_ms(person: Person) -> float:
    """How far a page's clock is from ours, by the quickest of some exchanges."""
    found = []
    for _ in range(20):
        before = time.time() * 1000  # noqa: TID251 - browsers use it
        theirs = await person.wall_clock_ms()
        after = time.time() * 1000  # noqa: TID251 - browsers use it
        found.append((after - before, theirs - (before + after) / 2))
    return min(found)[1]


async def watch(client: PartyClient) -> Window:
    """Wait for the playback that was asked for, give it time to settle, and name the time in which it counts."""
    begins_ms = client.party.playback.at_ms + SETTLE_SECONDS * 1000
    ends_ms = begins_ms + WATCH_SECONDS * 1000
    await asyncio.sleep(max(0.0, ends_ms - client.server_now_ms()) / 1000)
    return begins_ms, ends_ms


async def told(client: PartyClient, act: Awaitable[None]) -> None:
    """Do something at a page, and wait until the party has heard of it."""
    known = client.party.playback.revision
    await act
    await client.until(lambda party: party.playback.revision > known, 5)


class Evening(Struct):
    """What was measured in one go."""

    players: dict[str, Sequence[Reading]] = {}
    windows: list[Window] = []
    void: int = 0
    """Windows that strangers disturbed."""
    stops: dict[str, float] = {}

    def stop_apart_ms(self) -> float:
        return max(self.stops.values()) - min(self.stops.values())


@pytest.mark.gen_test(timeout=300)
async def test_two_screens_and_a_client_play_together_and_stop_at_the_same_frame(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    """The short form: the drift is printed and not judged, as the machine may be busy with anything."""
    evening = await watch_together(system, rest, host, reporter, windows=3, strangers=1.0)
    tell(reporter, evening)
    assert all(between_all(evening.players, evening.windows).values())
    assert evening.stop_apart_ms() < LIMIT_MS


@pytest.mark.long
@pytest.mark.gen_test(timeout=600)
async def test_two_screens_and_a_client_stay_in_step(
    system: RunningSystem, rest: Rest, host: Host, reporter: pytest.TerminalReporter
) -> None:
    wanted = 1 + len(SEEKS_MS)
    evening = await watch_together(system, rest, host, reporter, windows=wanted, strangers=STRANGERS)
    tell(reporter, evening)
    assert len(evening.windows) == wanted, "strangers kept the machine busy: nothing could be measured"
    for pair, found in between_all(evening.players, evening.windows).items():
        assert coverage(found, evening.windows) > LEAST_COVERAGE, pair
        assert summary(found).p95 < LIMIT_MS, pair
    assert evening.stop_apart_ms() < LIMIT_MS


async def watch_together(
    system: RunningSystem,
    rest: Rest,
    host: Host,
    reporter: pytest.TerminalReporter,
    *,
    windows: int,
    strangers: float,
) -> Evening:
    party = await rest.call("POST", "/parties", {"title": "In step", "video_id": host.video_id}, token=host.token)
    clock = SystemClock()
    player = VirtualPlayer(clock=clock)
    evening = Evening()
    async with launched(reporter) as browser:
        one = await Person.arrive(browser, system.url, width=640, height=800)
        other = await Person.arrive(browser, system.url, width=640, height=800)
        await one.sign_in(host.email, PASSWORD)
        await one.enter(party["code"])
        await other.enter(party["code"], "Grace Hopper")
        async with await connect(system.url, party["code"], clock=clock, guest="Python", player=player) as client:
            for person in (one, other):
                await person.film_ready()
                await person.record_frames()
                assert abs(await apart_ms(person)) < ONE_CLOCK_MS
            await asyncio.sleep(CALM_SECONDS)
            watched = Watched(player)
            acts = chain([one.toggle], (partial(one.seek, position_ms) for position_ms in cycle(SEEKS_MS)))
            for act in islice(acts, MOST_WINDOWS):
                work = Work(system)
                await told(client, act())
                window = await watch(client)
                if work.of_others() <= strangers:
                    evening.windows.append(window)
                else:
                    evening.void += 1
                if len(evening.windows) == windows:
                    break
            await told(client, one.toggle())
            await asyncio.sleep(2)
            evening.stops = {
                "page 1": await one.current_ms(),
                "page 2": await other.current_ms(),
                "client": player.position_ms,
                "party": client.party.playback.position_ms,
            }
            await watched.stop()
            evening.players = {"page 1": await one.frames(), "page 2": await other.frames(), "client": watched.readings}
    one.assert_content()
    other.assert_content()
    return evening


def tell(reporter: pytest.TerminalReporter, evening: Evening) -> None:
    windows, players = evening.windows, evening.players
    reporter.write_line(
        f"\nDrift while playing, {len(windows)} windows of {WATCH_SECONDS:g} s, the first {SETTLE_SECONDS:g} s after each start"
        f" and seek left out ({evening.void} further windows void: strangers took the processors):"
    )
    for pair, found in between_all(players, windows).items():
        one, other = pair.split(" - ")
        if not found:
            continue
        reporter.write_line(f"  {pair:16} {summary(found)}  seen {coverage(found, windows):4.0%}")
        middles = [median(drifts(players[one], players[other], [window]) or [nan]) for window in windows]
        reporter.write_line("    median of each window: " + " ".join(f"{value:.0f}" for value in middles))
    reporter.write_line("  stopped at " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in evening.stops.items()))
