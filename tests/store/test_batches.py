import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from pymongo.errors import OperationFailure

from conf.clock import SystemClock
from store.batches import Batches, Pending
from store.errors import NotStorable, Unavailable
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle

Batch = list[Pending[int, str]]


class Sink:
    """Writes batches: answers each item by its number, after `pause`."""

    def __init__(self, pause: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)) -> None:
        self.batches: list[list[int]] = []
        self.at_once = self.most_at_once = 0
        self._pause = pause

    async def __call__(self, batch: Batch) -> None:
        self.batches.append([pending.item for pending in batch])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self._pause()
        self.at_once -= 1
        for pending in batch:
            pending.succeed(f"wrote {pending.item}")


async def submit_all(batches: Batches[int, str], items: range, **sizes: int) -> list[str | BaseException]:
    calls = [batches.submit(item, size=sizes.get("size", 1), weight=sizes.get("weight", 1)) for item in items]
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.gen_test
async def test_those_who_come_together_are_written_together_and_each_gets_its_answer() -> None:
    sink = Sink()
    batches = Batches(write=sink, clock=ManualClock())
    assert await submit_all(batches, range(100)) == [f"wrote {n}" for n in range(100)]
    assert sink.batches == [list(range(100))]


@pytest.mark.gen_test
async def test_while_two_batches_are_written_the_next_one_fills() -> None:
    gate = asyncio.Event()
    sink = Sink(gate.wait)
    batches = Batches(write=sink, clock=ManualClock())
    waiting = []
    for n in range(6):
        waiting.append(asyncio.ensure_future(batches.submit(n, size=1)))
        await settle()
    assert sink.batches == [[0], [1]]
    gate.set()
    await asyncio.gather(*waiting)
    assert sink.batches == [[0], [1], [2, 3, 4, 5]]


@pytest.mark.gen_test
@pytest.mark.parametrize(("sizes", "lengths"), [({"weight": 4}, [2, 2, 1]), ({"size": 60}, [1] * 5)])
async def test_a_batch_is_bounded_in_weight_and_size(sizes: dict[str, int], lengths: list[int]) -> None:
    sink = Sink()
    batches = Batches(write=sink, clock=ManualClock(), most_weight=9, most_bytes=100)
    await submit_all(batches, range(5), **sizes)
    assert [len(batch) for batch in sink.batches] == lengths


@pytest.mark.gen_test
async def test_what_is_larger_than_a_batch_is_written_alone() -> None:
    sink = Sink()
    batches = Batches(write=sink, clock=ManualClock(), most_weight=9)
    assert await submit_all(batches, range(2), weight=50) == ["wrote 0", "wrote 1"]
    assert sink.batches == [[0], [1]]


@pytest.mark.gen_test
async def test_nobody_is_left_waiting_when_both_writers_end_in_the_same_turn() -> None:
    gate = asyncio.Event()
    batches = Batches(write=Sink(gate.wait), clock=ManualClock())

    async def submit(*numbers: int) -> None:
        for number in numbers:
            await batches.submit(number, size=1)

    callers = []
    for numbers in ((1, 2), (3,)):
        callers.append(asyncio.ensure_future(submit(*numbers)))
        await settle()
    gate.set()
    await settle(50)
    assert [caller.done() for caller in callers] == [True, True]


@pytest.mark.gen_test(timeout=20)
async def test_at_most_two_batches_are_written_at_once() -> None:
    chance = random.Random(7)

    async def some_turns() -> None:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)

    sink = Sink(some_turns)
    batches = Batches(write=sink, clock=SystemClock())

    async def caller(number: int) -> None:
        for _ in range(100):
            assert await batches.submit(number, size=1) == f"wrote {number}"
            await some_turns()

    await asyncio.gather(*(caller(number) for number in range(10)))
    assert sum(map(len, sink.batches)) == 1000
    assert sink.most_at_once == 2


@pytest.mark.gen_test
async def test_a_linger_gathers_company_until_enough_is_there() -> None:
    clock, sink = ManualClock(), Sink()
    batches = Batches(write=sink, clock=clock, enough=3, linger_seconds=0.025)
    first = asyncio.ensure_future(batches.submit(1, size=1))
    await settle()
    second = asyncio.ensure_future(batches.submit(2, size=1))
    await clock.advance(0.024)
    assert sink.batches == []
    await clock.advance(0.001)
    assert await asyncio.gather(first, second) == ["wrote 1", "wrote 2"]
    assert await submit_all(batches, range(3)) == ["wrote 0", "wrote 1", "wrote 2"]  # no time passed
    assert sink.batches == [[1, 2], [0, 1, 2]]


@pytest.mark.gen_test
async def test_a_caller_that_left_before_its_batch_began_leaves_nothing() -> None:
    sink = Sink()
    batches = Batches(write=sink, clock=ManualClock())
    calls = [asyncio.ensure_future(batches.submit(n, size=1)) for n in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    assert await asyncio.gather(calls[0], calls[2]) == ["wrote 0", "wrote 2"]
    assert sink.batches == [[0, 2]]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Unavailable("away"), Unavailable),
        (OperationFailure("secret text", 13), Unavailable),
        (NotStorable("bad"), NotStorable),
        (RuntimeError("a bug"), RuntimeError),
        (None, RuntimeError),
    ],
    ids=repr,
)
async def test_a_fault_reaches_all_whose_outcome_is_open(
    logs: ExpectedLogs, fault: Exception | None, raised: type[Exception]
) -> None:
    logs.allow("could not be written.*OperationFailure")

    async def half(batch: Batch) -> None:
        batch[0].succeed("landed")
        if fault is not None:
            raise fault

    outcomes = await submit_all(Batches(write=half, clock=ManualClock()), range(3))
    assert outcomes[0] == "landed"
    assert [type(outcome) for outcome in outcomes[1:]] == [raised] * 2
    assert "secret" not in str(outcomes[1])


@pytest.mark.gen_test
async def test_closing_writes_what_waits_and_then_refuses() -> None:
    clock, sink = ManualClock(), Sink()
    batches = Batches(write=sink, clock=clock, linger_seconds=60)
    waiting = asyncio.ensure_future(batches.submit(1, size=1))
    await settle()
    await batches.close()
    assert await waiting == "wrote 1"
    with pytest.raises(Unavailable, match="closing"):
        await batches.submit(2, size=1)
