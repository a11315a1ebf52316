"""Time as a collaborator: whoever needs it is given a `Clock`; tests give one that they move."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch, never running backwards within one process."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock."""
        ...


class SystemClock:
    """The machine's time, read once and carried on monotonically.

    A party must not jump because NTP stepped the wall clock, so the wall is read at construction only; drift between
    the two is a few milliseconds a day.
    """

    def __init__(self) -> None:
        self._origin_ms = time.time() * 1000 - time.monotonic() * 1000  # noqa: TID251 - the one place that may

    def now_ms(self) -> float:
        return self._origin_ms + time.monotonic() * 1000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def utc(now_ms: float) -> datetime:
    """Turn milliseconds since the epoch into an aware UTC datetime, of whole milliseconds.

    MongoDB keeps no finer ones: with them, what is shown at once and what is read later would differ.
    """
    return datetime.fromtimestamp(int(now_ms) / 1000, tz=UTC)


def to_ms(moment: datetime) -> int:
    """Turn an aware datetime into milliseconds since the epoch, rounded to the nearest one."""
    return round(moment.timestamp() * 1000)
