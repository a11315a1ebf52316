"""Sending everybody elsewhere when a node goes, in batches, so that they do not all come back at once."""

from collections.abc import Sequence
from typing import Protocol

from conf.clock import Clock
from realtime import errors

BATCH = 200
PAUSE_SECONDS = 0.05


class Closing(Protocol):
    def close(self, code: int) -> None: ...


async def send_elsewhere(listeners: Sequence[Closing], clock: Clock) -> None:
    for start in range(0, len(listeners), BATCH):
        for listener in listeners[start : start + BATCH]:
            listener.close(errors.GOING_AWAY)
        await clock.sleep(PAUSE_SECONDS)
