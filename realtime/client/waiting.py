"""Waiting by a given clock, and when to come back."""

import asyncio
from typing import TypeVar

from conf.clock import Clock

FIRST_SECONDS = 0.5
MOST_SECONDS = 20.0
DOUBLINGS = 10
"""2^10 is far beyond the cap already; more would only make a large number."""

T = TypeVar("T")


def back_off_seconds(attempt: int, chance: float) -> float:
    """Choose the wait before attempt `attempt` (0 is the first): 0.5 s * 2^n up to 20 s, full jitter by `chance` in [0, 1)."""
    return chance * min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, DOUBLINGS))


async def within(clock: Clock, future: "asyncio.Future[T]", seconds: float | None) -> T:
    """Await `future` for at most `seconds` of `clock`; raises TimeoutError and leaves the future alone."""
    if seconds is None:
        return await asyncio.shield(future)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((future, timer), return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    if not future.done():
        raise TimeoutError(f"nothing for {seconds:g} s")
    return future.result()


async def stopped(task: "asyncio.Task[None] | None") -> None:
    """Cancel a task and wait until it is gone."""
    if task is None:
        return
    task.cancel()
    await asyncio.wait((task,))
