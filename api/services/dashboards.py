"""Dashboards: published rows, put together by the rules of the metrics dictionary. Nothing is computed from events here."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from api.schemas.dashboards import DashboardView, MetricView, RangeQuery, RangeView, SeriesView, SubjectView
from api.services.ranges import Days, days_of
from conf.clock import Clock, to_ms, utc
from store.database import Store
from store.documents import Aggregate, Party, User
from store.metric_definitions import DEFINITIONS, Definition

PARTY_REPORT = "party_report"
HOST_DAY = "host_day"
DAILY = ("watch_time_ms", "views", "unique_viewers", "peak_concurrent_viewers", "chat_messages")
"""Figures that the personal dashboard draws day by day."""

Number = float | int


class Dashboards:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def party(self, party: Party, query: RangeQuery) -> DashboardView:
        """Show the report of a whole party; `range` is checked but a party has one report only."""
        now = utc(self._clock.now_ms())
        days_of(query, now)
        row = await self._store.aggregates.get(PARTY_REPORT, "party", party.id, "all")
        rows = [row] if row is not None else []
        ends = party.ended_at or (row.complete_until if row is not None else now)
        return DashboardView(
            subject=SubjectView(kind="party", id=party.id),
            range=RangeView(from_=party.created_at, to=max(ends, party.created_at), tz=query.tz),
            computed_at=row.computed_at if row is not None else None,
            complete_until=row.complete_until if row is not None else None,
            provisional=row is None or row.provisional,
            metrics=_metrics(rows),
            series={} if row is None else _known(row),
        )

    async def personal(self, user: User, query: RangeQuery) -> DashboardView:
        """Show the days of one host over a range, and beside each figure that of the range before where asked."""
        days = days_of(query, utc(self._clock.now_ms()))
        rows = await self._days(user, days)
        before = await self._days(user, days.previous()) if query.compare is not None else None
        return DashboardView(
            subject=SubjectView(kind="user", id=user.id),
            range=RangeView(from_=days.start, to=days.stop, tz=days.zone),
            computed_at=max((row.computed_at for row in rows), default=None),
            complete_until=max((row.complete_until for row in rows), default=None),
            provisional=not rows or any(row.provisional for row in rows),
            metrics=_metrics(rows, before),
            series=_daily(rows),
        )

    async def _days(self, user: User, days: Days) -> list[Aggregate]:
        return await self._store.aggregates.range(HOST_DAY, "user", user.id, days.first, days.last)


def _metrics(rows: Sequence[Aggregate], before: Sequence[Aggregate] | None = None) -> dict[str, MetricView]:
    return {name: _metric(definition, rows, before) for name, definition in DEFINITIONS.items()}


def _metric(definition: Definition, rows: Sequence[Aggregate], before: Sequence[Aggregate] | None) -> MetricView:
    value, n = merged(definition, [row.values for row in rows])
    previous = None if before is None else merged(definition, [row.values for row in before])[0]
    return MetricView(
        value=value,
        unit=definition.unit,
        n=n,
        previous=previous,
        reason="not_enough_data" if value is None else None,
        definition=definition.formula,
        definition_version=definition.version,
    )


def merged(definition: Definition, rows: Sequence[dict[str, Any]]) -> tuple[Number | None, int]:
    """Make the value of a range out of its days' `values`, by the definition's rule; None below its smallest sample."""
    figures = [row["metrics"][definition.name] for row in rows if definition.name in row.get("metrics", {})]
    n = sum(figure["n"] for figure in figures)
    if n < definition.minimum_n:
        return None, n
    if len(figures) == 1:
        return figures[0]["value"], n
    values: list[Number] = [figure["value"] for figure in figures if figure["value"] is not None]
    parts = [row.get("parts", {}) for row in rows]
    match definition.merge:
        case "sum":
            return sum(values), n
        case "max":
            return max(values, default=None), n
        case "union":
            return len({person for part in parts for person in part.get(definition.of[0], ())}), n
        case "ratio":
            over, under = (sum(part.get(name, 0) for part in parts) for name in definition.of)
            return (over / under if under else None), n


def _known(row: Aggregate) -> dict[str, SeriesView]:
    """Draw the curves of a row without what lay in the future when it was computed.

    While a party goes on, those who watch are reckoned gone 30 s after their last event: drawn, everybody would just
    have left. What held last then holds for as long as the input is complete.
    """
    computed_ms, complete_ms = to_ms(row.computed_at), to_ms(row.complete_until)
    shown = {}
    for name, drawn in row.values.get("series", {}).items():
        points = [(at_ms, value) for at_ms, value in drawn["points"] if at_ms <= computed_ms]
        if points and len(points) < len(drawn["points"]):
            points.append((max(complete_ms, points[-1][0]), points[-1][1]))
        shown[name] = SeriesView(unit=drawn["unit"], points=points)
    return shown


def _daily(rows: Sequence[Aggregate]) -> dict[str, SeriesView]:
    """Draw each daily figure at the midnight, UTC, that its day begins with."""
    return {
        name: SeriesView(
            unit=DEFINITIONS[name].unit,
            points=[(_midnight_ms(row.window), merged(DEFINITIONS[name], [row.values])[0]) for row in rows],
        )
        for name in DAILY
    }


def _midnight_ms(day: str) -> int:
    return to_ms(datetime.combine(datetime.fromisoformat(day).date(), time(), UTC))
