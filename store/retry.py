"""Repeat what a fault of the connection cut off, for a bounded time; everything else is raised at once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, PyMongoError, WTimeoutError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from conf.clock import Clock
from store.errors import Unavailable

T = TypeVar("T")

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 1.0

# A member that steps down, stops or starts: the same call succeeds on the next primary, or a moment later.
# Names and numbers from MongoDB's error_codes.yml (categories NotPrimaryError, ShutdownError, NetworkError, Interruption).
PASSING_CODES = frozenset(
    {6, 7, 24, 50, 64, 89, 91, 133, 134, 189, 262, 317, 358, 384, 9001, 10107, 11600, 11601, 11602, 13388, 13435, 13436}
)


def is_connection_fault(error: BaseException) -> bool:
    """Whether `error` says nothing about the request itself: its outcome is unknown, and repeating it may help."""
    if isinstance(error, BulkWriteError):
        concern = error.details.get("writeConcernErrors") or []
        return any(entry.get("code") in PASSING_CODES for entry in concern)
    if isinstance(error, ConnectionFailure | WTimeoutError):
        return True
    if isinstance(error, OperationFailure):
        return error.code in PASSING_CODES
    return isinstance(error, PyMongoError) and error.timeout


class Retry:
    """Runs a call until it gets through: exponential waits with jitter, at most `seconds` in all."""

    def __init__(self, *, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.seconds = seconds

    async def run(
        self, call: Callable[[], Awaitable[T]], *, on_retry: Callable[[], None], until_ms: float | None = None
    ) -> T:
        """Await `call()`; repeat it after connection faults until `until_ms` (now + `seconds` without one).

        Raises `Unavailable` when time is up; a repeated `call` must be safe to run twice.
        """
        until_ms = self._clock.now_ms() + self.seconds * 1000 if until_ms is None else until_ms
        try:
            return await call()  # nearly always all there is to do, and tenacity costs more than some calls
        except PyMongoError as error:
            if not is_connection_fault(error):
                raise
            return await self._again(call, error, on_retry, until_ms)

    async def _again(
        self, call: Callable[[], Awaitable[T]], first: PyMongoError, on_retry: Callable[[], None], until_ms: float
    ) -> T:
        """Go on after the first fault, which counts as the first attempt."""
        faults = [first]

        def give_up(_state: RetryCallState) -> bool:
            return self._clock.now_ms() >= until_ms

        async def once() -> T:  # tenacity awaits only what is declared `async def`; the driver returns futures
            if faults:
                raise faults.pop()
            return await call()

        attempts = AsyncRetrying(
            retry=retry_if_exception(is_connection_fault),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
            stop=give_up,
            sleep=self._clock.sleep,
            before_sleep=lambda _state: on_retry(),
            reraise=True,
        )
        try:
            return await attempts(once)
        except PyMongoError as error:
            if is_connection_fault(error):
                raise Unavailable("the database did not answer in time") from error
            raise
