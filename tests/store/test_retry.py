import asyncio

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from store.errors import Unavailable
from store.retry import Retry, is_connection_fault
from tests.fakes.clock import ManualClock, settle


class Flaky:
    """Fails so many times with one error, then answers."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error = error
        self.failures = failures
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done"


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (AutoReconnect("gone"), True),
        (NetworkTimeout("slow"), True),
        (ServerSelectionTimeoutError("nobody"), True),
        (OperationFailure("stepping down", 189), True),
        (OperationFailure("shutting down", 91), True),
        (BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}), True),
        (OperationFailure("not authorized", 13), False),
        (DuplicateKeyError("taken", 11000), False),
        (BulkWriteError({"writeErrors": [{"code": 11000}], "writeConcernErrors": []}), False),
        (ValueError("ours"), False),
    ],
    ids=repr,
)
def test_only_faults_of_the_connection_are_worth_another_try(error: Exception, passing: bool) -> None:
    assert is_connection_fault(error) is passing


@pytest.mark.gen_test
async def test_a_call_gets_through_after_faults_with_growing_waits() -> None:
    clock, retries = ManualClock(), 0
    flaky = Flaky(AutoReconnect("gone"), 3)

    def count() -> None:
        nonlocal retries
        retries += 1

    running = asyncio.ensure_future(Retry(clock=clock, seconds=10).run(flaky, on_retry=count))
    await settle()
    assert flaky.calls == 1
    for _ in range(3):
        await clock.advance(1)
    assert await running == "done"
    assert (flaky.calls, retries) == (4, 3)


@pytest.mark.gen_test
async def test_time_is_bounded_by_the_given_clock() -> None:
    clock = ManualClock()
    flaky = Flaky(AutoReconnect("gone"), 10**6)
    running = asyncio.ensure_future(Retry(clock=clock, seconds=10).run(flaky, on_retry=lambda: None))
    await settle()
    await clock.advance(9.9)
    assert not running.done()
    await clock.advance(1.2)
    with pytest.raises(Unavailable) as gave_up:
        await running
    assert isinstance(gave_up.value.__cause__, AutoReconnect)


@pytest.mark.gen_test
async def test_whoever_has_waited_already_still_gets_one_try() -> None:
    clock = ManualClock()
    retry = Retry(clock=clock, seconds=10)
    late = clock.now_ms() - 1
    assert await retry.run(Flaky(AutoReconnect("gone"), 0), on_retry=lambda: None, until_ms=late) == "done"
    flaky = Flaky(AutoReconnect("gone"), 1)
    with pytest.raises(Unavailable):
        await retry.run(flaky, on_retry=lambda: None, until_ms=late)
    assert flaky.calls == 1


@pytest.mark.gen_test
@pytest.mark.parametrize("error", [OperationFailure("not authorized", 13), PyMongoError("odd"), ValueError("ours")])
async def test_other_errors_come_at_once_and_as_they_are(error: Exception) -> None:
    flaky = Flaky(error, 1)
    with pytest.raises(type(error)) as raised:
        await Retry(clock=ManualClock(), seconds=10).run(flaky, on_retry=lambda: None)
    assert raised.value is error
    assert flaky.calls == 1
