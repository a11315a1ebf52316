"""One metric by one dimension, for staff: from rows that are published, and never of fewer than ten people."""

from collections.abc import Sequence
from datetime import timedelta

from api.problems import invalid
from api.schemas.dashboards import MetricQuery, QueryRow, QueryView
from api.services.dashboards.breakdowns import hidden, suppressed
from api.services.dashboards.figures import link
from api.services.dashboards.windows import Values, Windows, inside, parts, range_of, state_of, values_of
from api.services.ranges import Step, Stretch, stretch_of
from conf.clock import Clock, utc
from store.aggregates import Span
from store.documents import Aggregate
from store.figures import cell, figure, merged
from store.metric_definitions import DEFINITIONS
from store.metrics.definition import Definition

MOST_ROWS = 400
LONGEST = timedelta(days=366)
NOBODY: Values = {"ids": []}


class Questions:
    def __init__(self, *, windows: Windows, clock: Clock) -> None:
        self._windows = windows
        self._clock = clock

    async def answer(self, query: MetricQuery) -> QueryView:
        """Break a metric of the platform down. Raises `Problem("invalid")` for an unknown one, or too many rows."""
        definition = DEFINITIONS.get(query.metric)
        if definition is None or "advanced" not in definition.dashboards:
            raise invalid("?metric", "There is no such metric; GET /metrics-dictionary names them.")
        stretch = stretch_of(query, utc(self._clock.now_ms()))
        if stretch.stop - stretch.start > LONGEST:
            raise invalid("?range", f"At most {LONGEST.days} days can be asked for here.")
        if query.dimension == "hour" and len(list(stretch.bins("hour"))) > MOST_ROWS:
            raise invalid("?range", f"That is more than {MOST_ROWS} hours; ask for a shorter range, or by day.")
        question = f"{stretch}:{query.metric}:{query.dimension}"
        span = Span("platform_day", "platform", "all", stretch.first, stretch.last)
        return await self._windows.recent(
            QueryView,
            f"question:{question}",
            lambda: self._windows.kept(
                QueryView, question, span, lambda rows: view_of(definition, query, rows, stretch)
            ),
        )


def view_of(definition: Definition, query: MetricQuery, rows: Sequence[Aggregate], stretch: Stretch) -> QueryView:
    own = inside(rows, stretch)
    state = state_of(own)
    if query.dimension in {"hour", "day"}:
        found = _by_time(definition, own, stretch, "hour" if query.dimension == "hour" else "day")
    else:
        found = _by_cell(definition, values_of(own, stretch), query.dimension)
    return QueryView(
        metric=definition.name,
        dimension=query.dimension,
        unit=definition.unit,
        range=range_of(stretch),
        computed_at=state.computed_at,
        complete_until=state.complete_until,
        provisional=state.provisional,
        definition=link(definition),
        definition_version=definition.version,
        rows=found[:MOST_ROWS],
    )


def _by_cell(definition: Definition, values: Values, dimension: str) -> list[QueryRow]:
    cells = suppressed(values.get("by", {}).get(dimension, {}))
    whole = {"whole": values["whole"]} if "whole" in values else {}
    found = [_row(name, definition, {**cell(part), **whole}) for name, part in cells.items()]
    return sorted(found, key=lambda row: (-(row.value or 0), row.key))


def _by_time(definition: Definition, rows: Sequence[Aggregate], stretch: Stretch, step: Step) -> list[QueryRow]:
    pieces = {piece.start.isoformat(): merged(parts(rows, piece)) for piece in stretch.bins(step)}
    few = hidden({key: values.get("people", {}).get("viewers", NOBODY) for key, values in pieces.items()})
    return [
        QueryRow(key=key, value=None, reason="suppressed") if key in few else _row(key, definition, values)
        for key, values in pieces.items()
    ]


def _row(key: str, definition: Definition, values: Values) -> QueryRow:
    found = figure(definition, values)
    return QueryRow(
        key=key,
        value=found.value,
        n=found.n,
        approx=found.approx,
        rel_error=found.rel_error,
        covers="utc_days" if found.whole_days else None,
        reason=found.reason,
    )
