import asyncio

import pytest

from conf.metrics import NullMetrics
from matinee.faults import Fault
from matinee.supervisor import LONGEST_DELAY_SECONDS, Supervisor
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle


class ScriptedPart:
    """A part that the test ends by hand."""

    def __init__(self, name: str, story: list[str], *, fails: int = 0) -> None:
        self.name = name
        self.story = story
        self.fails = fails
        self.starts = 0
        self.fault: Exception = Fault("no room", "make room")
        self.ending: asyncio.Future[str] | None = None
        self.held_up: asyncio.Event | None = None

    async def start(self) -> str:
        self.starts += 1
        if self.held_up is not None:
            await self.held_up.wait()
        if self.fails:
            self.fails -= 1
            raise self.fault
        self.story.append(f"start {self.name}")
        self.ending = asyncio.get_running_loop().create_future()
        return f"number {self.starts}"

    async def ended(self) -> str:
        assert self.ending is not None
        return await self.ending

    async def stop(self) -> None:
        self.story.append(f"stop {self.name}")

    def die(self) -> None:
        assert self.ending is not None
        self.ending.set_result("died")


class CountingMetrics(NullMetrics):
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def count(self, name: str, n: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + n


class Scene:
    def __init__(self, **fails: int) -> None:
        self.story: list[str] = []
        self.lines: list[str] = []
        self.clock = ManualClock()
        self.metrics = CountingMetrics()
        self.database, self.web, self.jobs = (
            ScriptedPart(name, self.story, fails=fails.get(name, 0)) for name in ("database", "web", "jobs")
        )
        self.supervisor = Supervisor(
            stages=[[self.database], [self.web, self.jobs]],
            clock=self.clock,
            metrics=self.metrics,
            say=self.lines.append,
        )


@pytest.mark.gen_test
async def test_stages_start_in_order_and_stop_in_the_opposite_one() -> None:
    scene = Scene()
    await scene.supervisor.start()
    await scene.supervisor.stop()
    assert scene.story[0] == "start database"
    assert set(scene.story[1:3]) == {"start web", "start jobs"}
    assert set(scene.story[3:5]) == {"stop web", "stop jobs"}
    assert scene.story[5:] == ["stop database"]
    assert sorted(scene.lines) == ["database: number 1", "jobs: number 1", "web: number 1"]


@pytest.mark.gen_test
async def test_a_part_that_dies_is_started_again_and_counted(logs: ExpectedLogs) -> None:
    scene = Scene()
    logs.allow("part ended")
    await scene.supervisor.start()
    scene.web.die()
    await settle()
    assert scene.web.starts == 1
    await scene.clock.advance(0.1)
    assert scene.web.starts == 2
    assert scene.database.starts == scene.jobs.starts == 1
    assert scene.metrics.counts == {"supervisor.restarts": 1}
    await scene.supervisor.stop()


@pytest.mark.gen_test
async def test_a_part_that_keeps_dying_young_waits_longer_each_time_up_to_a_limit(logs: ExpectedLogs) -> None:
    scene = Scene()
    logs.allow("part ended")
    await scene.supervisor.start()
    waits = []
    for _ in range(9):
        before = scene.web.starts
        scene.web.die()
        await settle()
        died_ms = scene.clock.now_ms()
        while scene.web.starts == before:
            await scene.clock.advance(0.05)
        waits.append(round((scene.clock.now_ms() - died_ms) / 1000, 2))
    assert waits[0] == 0.1
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_DELAY_SECONDS
    await scene.supervisor.stop()


@pytest.mark.gen_test
async def test_a_part_that_had_lived_a_while_is_started_again_at_once(logs: ExpectedLogs) -> None:
    scene = Scene()
    logs.allow("part ended")
    await scene.supervisor.start()
    for kill in range(10):
        await scene.clock.advance(4)
        scene.web.die()
        await settle()
        await scene.clock.advance(0.1)
        assert scene.web.starts == kill + 2
    await scene.supervisor.stop()


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "fault", [Fault("no room"), OSError("odd"), RuntimeError("odder")], ids=lambda fault: type(fault).__name__
)
async def test_a_restart_that_fails_in_whatever_way_is_tried_again(logs: ExpectedLogs, fault: Exception) -> None:
    scene = Scene()
    scene.web.fault = fault
    logs.allow("part ended")
    logs.allow("part does not start")
    await scene.supervisor.start()
    scene.web.fails = 3
    scene.web.die()
    await settle()
    await scene.clock.advance(20)
    assert scene.web.starts == 5
    assert scene.story.count("start web") == 2
    await scene.supervisor.stop()


@pytest.mark.gen_test
async def test_a_first_start_that_fails_stops_what_runs_and_says_whose_fault_it_was() -> None:
    scene = Scene(web=1)
    with pytest.raises(Fault, match="web: no room; make room"):
        await scene.supervisor.start()
    assert scene.story[-1] == "stop database"
    assert scene.lines[0] == "database: number 1"


@pytest.mark.gen_test
async def test_where_one_fails_those_that_start_beside_it_are_stopped_when_they_are_up() -> None:
    scene = Scene(web=1)
    scene.jobs.held_up = asyncio.Event()
    starting = asyncio.ensure_future(scene.supervisor.start())
    await settle()
    assert not starting.done()
    scene.jobs.held_up.set()
    with pytest.raises(Fault, match="web: no room"):
        await starting
    assert scene.story.index("stop jobs") > scene.story.index("start jobs")
    assert {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("keep ")} == set()
