"""Rows of days, cut to the stretch that was asked for, and what is said of all of them together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from api.schemas.dashboards import RangeView
from api.services.ranges import Stretch
from store.aggregates import Span
from store.cached.cache import Key
from store.database import Store
from store.documents import Aggregate
from store.figures import in_hours, merged
from store.sketches import ALL_HOURS

Values = dict[str, Any]
T = TypeVar("T", bound=msgspec.Struct)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How new some rows are, and how complete."""

    computed_at: datetime | None
    complete_until: datetime | None
    provisional: bool


class Windows:
    """Reads rows of days, and keeps what was computed from them until one of them changes."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def recent(self, kind: type[T], question: str, make: Callable[[], Awaitable[T]]) -> T:
        """Give what `make` made for a question a moment ago, without looking whether anything has changed since."""

        async def made() -> bytes:
            return msgspec.msgpack.encode(await make())

        return msgspec.msgpack.decode(await self._store.caches.answers.get(Key(question, b""), made), type=kind)

    async def kept(self, kind: type[T], question: str, span: Span, compute: Callable[[Sequence[Aggregate]], T]) -> T:
        """Compute something from the rows of a span, or give it as it was computed from the same rows.

        `question` names all that `compute` goes by beside the rows. It runs in a thread: sets of people over a year take
        longer than sockets may wait.
        """

        async def make() -> bytes:
            rows = await self._store.aggregates.rows(span)
            return await asyncio.to_thread(lambda: msgspec.msgpack.encode(compute(rows)))

        named = f"{span.family}:{span.kind}:{span.subject}:{span.first}:{span.last}:{question}"
        stamp = await self._store.aggregates.stamp(span)
        return msgspec.msgpack.decode(await self._store.caches.ranges.get(named, stamp, make), type=kind)

    async def new_viewers(self, family: str, subject: str, *stretches: Stretch) -> list[int]:
        """Count who watched something of a subject for the first time ever, on the UTC days of each stretch."""
        return [
            await self._store.first_views.count(family, subject, stretch.first, stretch.last) for stretch in stretches
        ]


def with_new(values: Values, new: int | None, stretch: Stretch) -> Values:
    """Add how many viewers were new, which is known by UTC day."""
    if not values or new is None:
        return values
    aligned = not (stretch.start.hour or stretch.stop.hour)
    whole = values.get("whole", [])
    return {
        **values,
        "sums": {**values["sums"], "new_viewers": new},
        "whole": whole if aligned else [*whole, "sums.new_viewers"],
    }


def parts(rows: Sequence[Aggregate], stretch: Stretch) -> list[Values]:
    """Give the values of the rows in a stretch, those at its ends cut to its hours."""
    found = []
    for row in rows:
        hours = stretch.hours_of(row.window)
        if hours:
            found.append(row.values if hours == ALL_HOURS else in_hours(row.values, hours))
    return found


def values_of(rows: Sequence[Aggregate], stretch: Stretch) -> Values:
    """Put the rows of a stretch together."""
    return merged(parts(rows, stretch))


def inside(rows: Sequence[Aggregate], stretch: Stretch) -> list[Aggregate]:
    return [row for row in rows if stretch.first <= row.window <= stretch.last]


def state_of(rows: Sequence[Aggregate]) -> State:
    return State(
        computed_at=max((row.computed_at for row in rows), default=None),
        complete_until=max((row.complete_until for row in rows), default=None),
        provisional=not rows or any(row.provisional for row in rows),
    )


def range_of(stretch: Stretch) -> RangeView:
    cut = "hours" if stretch.by_hours else "utc_days"
    return RangeView(from_=stretch.start, to=stretch.stop, tz=stretch.zone, cut=cut)  # type: ignore[arg-type]
