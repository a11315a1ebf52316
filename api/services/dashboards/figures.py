"""Figures as replies show them: with definition, sample, error, and what came before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.schemas.dashboards import BandView, MetricView, Number, SeriesView
from api.services.dashboards.windows import Values, parts
from api.services.ranges import Stretch
from conf.clock import to_ms
from store.documents import Aggregate
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS
from store.metrics.definition import Dashboard, Definition

DICTIONARY = "/api/v1/metrics-dictionary"
DRAWN = (
    "watch_time_ms",
    "views",
    "unique_viewers",
    "peak_concurrent_viewers",
    "average_concurrent_viewers",
    "chat_messages",
    "reactions",
)
"""Figures that are drawn by hour or day: those that are kept by the hour."""
PERIODS = 8
FEWEST_PERIODS = 4


def metrics_of(
    dashboard: Dashboard,
    values: Values,
    *,
    previous: Values | None = None,
    before: Sequence[Values] = (),
) -> dict[str, MetricView]:
    """Show every metric of a dashboard; `before` are the values of the stretches before, for what is typical."""
    chosen = [definition for definition in DEFINITIONS.values() if dashboard in definition.dashboards]
    return {definition.name: metric_of(definition, values, previous, before) for definition in chosen}


def metric_of(
    definition: Definition, values: Values, previous: Values | None = None, before: Sequence[Values] = ()
) -> MetricView:
    found = figure(definition, values)
    return MetricView(
        value=found.value,
        unit=definition.unit,
        n=found.n,
        previous=None if previous is None else figure(definition, previous).value,
        typical=_typical(definition, before),
        approx=found.approx,
        rel_error=found.rel_error,
        reason=found.reason,
        covers="utc_days" if found.whole_days else None,
        parts=found.parts,
        definition=link(definition),
        formula=definition.formula,
        definition_version=definition.version,
    )


def link(definition: Definition) -> str:
    return f"{DICTIONARY}#{definition.name}"


def series_of(rows: Sequence[Aggregate], stretch: Stretch) -> dict[str, SeriesView]:
    """Draw what is kept by the hour, hour by hour or day by day of the zone; days without a row are left out."""
    drawn: dict[str, list[tuple[float, Number | None]]] = {name: [] for name in DRAWN}
    by_day = {row.window: row for row in rows}
    if rows:
        first = datetime.fromisoformat(f"{min(by_day)}T00:00:00+00:00")
        for piece in stretch.bins(stretch.step, since=first):
            there = [by_day[day] for day in (piece.first, piece.last) if day in by_day]
            if not there:
                continue
            values = merged(_light(part) for part in parts(_distinct(there), piece))
            at_ms = to_ms(piece.start)
            for name, points in drawn.items():
                found = figure(DEFINITIONS[name], values)
                points.append((at_ms, None if found.whole_days else found.value))
    return {name: SeriesView(unit=DEFINITIONS[name].unit, points=points) for name, points in drawn.items()}


def _distinct(rows: Sequence[Aggregate]) -> list[Aggregate]:
    return list({row.window: row for row in rows}.values())


def _light(values: Values) -> dict[str, Any]:
    """Leave out what no curve is drawn of."""
    people = values.get("people", {})
    return {
        "sums": values.get("sums", {}),
        "hours": values.get("hours", {}),
        "people": {name: people[name] for name in ("viewers",) if name in people},
        "whole": values.get("whole", ()),
    }


def _typical(definition: Definition, before: Sequence[Values]) -> BandView | None:
    known = sorted(value for values in before if (value := figure(definition, values).value) is not None)
    if len(known) < FEWEST_PERIODS:
        return None
    return BandView(low=_quantile(known, 0.25), high=_quantile(known, 0.75), periods=len(known))


def _quantile(known: Sequence[Number], share: float) -> Number:
    """Interpolate between the two nearest of sorted values."""
    place = share * (len(known) - 1)
    low = int(place)
    high = min(low + 1, len(known) - 1)
    return known[low] + (known[high] - known[low]) * (place - low)
