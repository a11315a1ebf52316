"""Figures broken down, without telling of few people.

A cell of fewer than ten people is not shown. Nor may it be found out by subtraction: what is hidden goes together into
`other`, and as long as that would hold fewer than ten people too, the smallest cell that is shown goes with it.
"""

from collections.abc import Mapping
from typing import Any

from api.schemas.dashboards import CellView, Number
from api.services.dashboards.windows import Values
from store import sketches
from store.figures import cell, figure, united_cells
from store.metric_definitions import DEFINITIONS

FEWEST_PEOPLE = 10
OTHER = "other"
SHOWN = (
    "watch_time_ms",
    "views",
    "average_view_duration_ms",
    "startup_score",
    "rebuffer_ratio",
    "playback_failure_ratio",
    "experience_score",
)

Cells = Mapping[str, Mapping[str, Any]]


def breakdown(values: Values, dimension: str) -> list[CellView]:
    """Show the cells of a dimension, that with most people first."""
    shown = suppressed(values.get("by", {}).get(dimension, {}))
    found = [_shown(name, part) for name, part in shown.items()]
    return sorted(found, key=lambda one: (one.key == OTHER, -one.people, one.key))


def suppressed(cells: Cells) -> dict[str, Mapping[str, Any]]:
    """Put what is too small together; leave it out altogether where even that is."""
    shown = {name: part for name, part in cells.items() if name != OTHER and _people(part) >= FEWEST_PEOPLE}
    rest = [part for name, part in cells.items() if name not in shown]
    if not rest:
        return shown
    other = united_cells(rest)
    while shown and _people(other) < FEWEST_PEOPLE:
        smallest = min(shown, key=lambda name: (_people(shown[name]), name))
        other = united_cells([other, shown.pop(smallest)])
    return shown if _people(other) < FEWEST_PEOPLE else {**shown, OTHER: other}


def hidden(sets: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Name those of some moments that had too few people, and so many more that no single one is left to be subtracted."""
    counts = {name: sketches.size(people).people for name, people in sets.items()}
    few = {name for name, count in counts.items() if 0 < count < FEWEST_PEOPLE}
    others = sorted((name for name in counts if counts[name] >= FEWEST_PEOPLE), key=lambda name: (counts[name], name))
    while few and others and sketches.size(sketches.union(sets[name] for name in few)).people < FEWEST_PEOPLE:
        few.add(others.pop(0))
    return few


def _people(part: Mapping[str, Any]) -> int:
    return sketches.size(part["viewers"]).people


def _shown(name: str, part: Mapping[str, Any]) -> CellView:
    values = cell(part)
    figures: dict[str, Number | None] = {each: figure(DEFINITIONS[each], values).value for each in SHOWN}
    return CellView(key=name, people=_people(part), figures=figures)
