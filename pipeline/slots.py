"""Slots: the minutes of UTC by which events were received. A slot is named `2026-11-23T14:28`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

SLOT_MS = 60_000
DAY_MS = 86_400_000
_FORMAT = "%Y-%m-%dT%H:%M"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(msgspec.Struct, frozen=True):
    """The time of a run, and up to when its input is complete."""

    now_ms: int
    complete_ms: int


def slot_of(received_ms: float) -> str:
    """Name the slot that an event received at `received_ms` belongs to."""
    return slot_at(int(received_ms // SLOT_MS))


def slot_at(index: int) -> str:
    """Name the slot number `index` since the epoch."""
    return (_EPOCH + timedelta(minutes=index)).strftime(_FORMAT)


def index_of(slot: str) -> int:
    """Count the slots from the epoch to this one. Raises ValueError for what is no slot name."""
    return start_ms(slot) // SLOT_MS


def start_ms(slot: str) -> int:
    """Give the first millisecond of the slot; the next slot's first is `SLOT_MS` later."""
    moment = datetime.strptime(slot, _FORMAT).replace(tzinfo=UTC)
    return round(moment.timestamp()) * 1000


def day_of(at_ms: float) -> str:
    """Name the day in UTC, `2026-11-23`."""
    return slot_of(at_ms)[:10]


def day_start_ms(day: str) -> int:
    """Give the first millisecond of the day in UTC."""
    return start_ms(f"{day}T00:00")


def days_between(from_ms: float, to_ms: float) -> Iterator[str]:
    """Name each day that holds a moment of [from_ms, to_ms); the day of `from_ms` where the two are the same."""
    last = max(from_ms, to_ms - 1)
    for number in range(int(from_ms // DAY_MS), int(last // DAY_MS) + 1):
        yield day_of(number * DAY_MS)
