"""When the clock makes a job due. Due slots are computed from the time of day, so one that was missed is found again."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from pipeline.slots import slot_of

HOUR = 3600
DAY = 24 * HOUR
LOOK_BACK = 400
"""Missed slots that are caught up, where each counts: more than a year of days, or half a month of hours."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Due each `every` seconds, counted from `at` in UTC; every day at that time where nothing else is said.

    A slot is named after the minute in which it is due, such as `2026-11-23T04:30`.
    """

    every: int = DAY
    at: str = "00:00"
    missed: Literal["latest", "each"] = "latest"
    """Of slots that were missed: do the latest, which is enough for a job that looks at all that there is, or each."""

    def last_ms(self, now_ms: float) -> int:
        """Tell the last moment at or before `now_ms` at which it was due."""
        return int((now_ms - self._at_ms) // (self.every * 1000)) * self.every * 1000 + self._at_ms

    def next_ms(self, now_ms: float) -> int:
        """Tell the first moment after `now_ms` at which it is due."""
        return self.last_ms(now_ms) + self.every * 1000

    def slots(self, now_ms: float) -> list[str]:
        """Name the slots that may be due, the oldest first; the last one is always among them."""
        last_ms = self.last_ms(now_ms)
        back = LOOK_BACK if self.missed == "each" else 1
        return [slot_of(last_ms - number * self.every * 1000) for number in reversed(range(back))]

    def words(self) -> str:
        """Say it, for people."""
        if self.every == DAY:
            return f"daily at {self.at} UTC"
        if self.every == HOUR:
            return f"hourly, {int(self.at[3:])} minutes past" if self._at_ms else "hourly"
        return f"each {self.every // 60} minutes"

    @property
    def _at_ms(self) -> int:
        moment = datetime.strptime(self.at, "%H:%M").replace(tzinfo=UTC)
        return (moment.hour * HOUR + moment.minute * 60) * 1000
