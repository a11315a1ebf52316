"""From the `values` of aggregates to figures: put windows together, compute a metric of what comes out. No clock, no I/O.

`values` of every family have one shape: `sums` (added), `hours` (24 numbers each, by hour of the UTC day; added, `peak` the
greatest), `people` and `sketches` (see `store.sketches`), `by` (dimension → cell → `sums` and `viewers`) and `films` (video
→ `views`, and 100 bins of `plays` and `people`). What else a row holds (`party`, `series`, `lists`) is told of one window
and does not merge.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from store import sketches
from store.metrics.definition import (
    Definition,
    Expression,
    Less,
    Peak,
    People,
    Plus,
    Quantile,
    Ratio,
    Samples,
    Score,
    Share,
    Sum,
    inputs,
)

Number = float | int
Values = Mapping[str, Any]
Reason = Literal["not_enough_data", "not_computed"]

HOURS = 24


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A metric's value over some windows."""

    value: Number | None
    n: int
    approx: bool = False
    rel_error: float = 0.0
    """Standard error, or the bound of a quantile, as a share of the value."""
    reason: Reason | None = None
    """Why the value is null: fewer than its minimum, or nobody has computed what it is made of."""
    parts: dict[str, Number] = {}
    """Of a score: each part that is known, between 0 and 1."""
    whole_days: bool = False
    """True where hours were asked for and some of its input is known by day only."""


class _Found(NamedTuple):
    """What an expression came to; `known` is false where its input is not there."""

    value: Number | None
    rel_error: float = 0.0
    known: bool = True


_ABSENT = _Found(None, known=False)


def merged(parts: Iterable[Values]) -> dict[str, Any]:
    """Put the `values` of windows that do not overlap together."""
    rows = [part for part in parts if part]
    if not rows:
        return {}
    found: dict[str, Any] = {
        "sums": _added(row.get("sums", {}) for row in rows),
        "hours": _hours([row.get("hours", {}) for row in rows]),
        "people": {
            name: sketches.union(row["people"][name] for row in rows if name in row.get("people", {}))
            for name in _names(row.get("people", {}) for row in rows)
        },
        "sketches": {
            name: sketches.merged_histograms(row["sketches"][name] for row in rows if name in row.get("sketches", {}))
            for name in _names(row.get("sketches", {}) for row in rows)
        },
        "by": {
            dimension: _cells([row["by"][dimension] for row in rows if dimension in row.get("by", {})])
            for dimension in _names(row.get("by", {}) for row in rows)
        },
        "films": {
            video: _film([row["films"][video] for row in rows if video in row.get("films", {})])
            for video in _names(row.get("films", {}) for row in rows)
        },
    }
    if whole := sorted({name for row in rows for name in row.get("whole", ())}):
        found["whole"] = whole
    return found


def in_hours(values: Values, hours: int) -> dict[str, Any]:
    """Cut a UTC day to some of its hours, given as a mask.

    What is known by day only stays as it is, and `whole` names it, as in `sums.stalls`. Sessions, which only say how many
    a figure was taken from, are then as many as there were people.
    """
    known = values.get("hours", {})
    chosen = [hour for hour in range(HOURS) if hours >> hour & 1]
    sums = {
        name: sum(known[name][hour] for hour in chosen) if name in known else value
        for name, value in values.get("sums", {}).items()
    }
    people: dict[str, Any] = {}
    whole = {f"sums.{name}" for name in sums if name not in known}
    for name, part in values.get("people", {}).items():
        kept = sketches.in_hours(part, hours)
        people[name] = part if kept is None else kept
        whole |= {f"people.{name}"} if kept is None else set()
    if "sessions" in sums and "viewers" in people and "people.viewers" not in whole:
        sums["sessions"] = sketches.size(people["viewers"]).people
    whole |= {f"sketches.{name}" for name in values.get("sketches", {})} | {"by", "films"}
    cut = {name: [value if hours >> hour & 1 else 0 for hour, value in enumerate(row)] for name, row in known.items()}
    return {**values, "sums": sums, "hours": cut, "people": people, "whole": sorted(whole)}


def figure(definition: Definition, values: Values) -> Figure:
    """Compute a metric of the merged `values` of some windows, or say why there is none."""
    n = int(_evaluate(definition.n, values).value or 0)
    found = _evaluate(definition.computed, values)
    whole = not inputs(definition.computed).isdisjoint(values.get("whole", ()))
    if found.value is None or n < definition.minimum_n:
        reason: Reason = "not_computed" if values.get("sums") and not found.known else "not_enough_data"
        return Figure(value=None, n=n, reason=reason, whole_days=whole)
    parts = _parts(definition.computed, values) if isinstance(definition.computed, Score) else {}
    return Figure(
        value=found.value,
        n=n,
        approx=found.rel_error > 0,
        rel_error=found.rel_error,
        parts=parts,
        whole_days=whole,
    )


def cell(part: Values) -> dict[str, Any]:
    """Make `values` of one cell of `by`, whose sessions are the attempts to view in it."""
    sums = part["sums"]
    return {"sums": {"sessions": sums.get("attempts", 0), **sums}, "people": {"viewers": part["viewers"]}}


def _evaluate(expression: Expression, values: Values) -> _Found:  # noqa: PLR0911 - one for each kind
    match expression:
        case Sum(name, times):
            value = values.get("sums", {}).get(name)
            return _ABSENT if value is None else _Found(value if times == 1 else value * times)
        case Plus(names):
            terms = [values.get("sums", {}).get(name) for name in names]
            return _ABSENT if None in terms else _Found(sum(term for term in terms if term is not None))
        case Ratio(over, under):
            return _ratio(_evaluate(over, values), _evaluate(under, values))
        case Less(whole, part):
            return _less(_evaluate(whole, values), _evaluate(part, values))
        case People(of):
            people = values.get("people", {}).get(of)
            return _ABSENT if people is None else _Found(*sketches.size(people))
        case Quantile(of, q):
            part = values.get("sketches", {}).get(of)
            return _ABSENT if part is None else _Found(sketches.quantile(part, q), sketches.QUANTILE_ERROR)
        case Samples(of):
            part = values.get("sketches", {}).get(of)
            return _ABSENT if part is None else _Found(sketches.samples(part))
        case Score(parts):
            return _score(parts, values)
        case Peak():
            return _peak(values)


def _ratio(over: _Found, under: _Found) -> _Found:
    if not (over.known and under.known):
        return _ABSENT
    if over.value is None or not under.value:
        return _Found(None)
    return _Found(over.value / under.value, over.rel_error + under.rel_error)


def _less(whole: _Found, part: _Found) -> _Found:
    if whole.value is None or part.value is None:
        return _Found(None, known=whole.known and part.known)
    left = max(0, whole.value - part.value)
    # Errors of a difference add up as amounts, not as shares.
    off = math.hypot(whole.value * whole.rel_error, part.value * part.rel_error)
    return _Found(left, off / left if left else 0.0)


def _peak(values: Values) -> _Found:
    by_hour = values.get("hours", {}).get("peak")
    if by_hour is not None:
        return _Found(max(by_hour, default=0))
    of_party = values.get("party", {}).get("max_concurrent")
    return _ABSENT if of_party is None else _Found(of_party)


def _score(parts: Sequence[Share], values: Values) -> _Found:
    known = {part.name: _evaluate(part.expression, values) for part in parts}
    shares = _shares(parts, known)
    if not shares:
        return _Found(None, known=any(each.known for each in known.values()))
    weights = {part.name: part.weight for part in parts if part.name in shares}
    total = sum(weights.values())
    off = sum(weights[name] * shares[name] * known[name].rel_error for name in shares)
    mean = sum(weights[name] * shares[name] for name in shares)
    return _Found(100 * mean / total, off / mean if mean else 0.0)


def _parts(score: Score, values: Values) -> dict[str, Number]:
    return _shares(score.parts, {part.name: _evaluate(part.expression, values) for part in score.parts})


def _shares(parts: Sequence[Share], known: Mapping[str, _Found]) -> dict[str, Number]:
    """Bring each part that is known to a number between 0 and 1."""
    found: dict[str, Number] = {}
    for part in parts:
        value = known[part.name].value
        if value is not None:
            found[part.name] = min(1, value) if part.saturates_at is None else 1 - math.exp(-value / part.saturates_at)
    return found


def _names(parts: Iterable[Iterable[str]]) -> list[str]:
    return sorted({name for part in parts for name in part})


def _added(parts: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for part in parts:
        for name, value in part.items():
            found[name] = found.get(name, 0) + value
    return dict(sorted(found.items()))


def _hours(parts: Sequence[Mapping[str, Sequence[Number]]]) -> dict[str, list[Number]]:
    found = {}
    for name in _names(parts):
        columns = zip(*(part[name] for part in parts if name in part), strict=True)
        found[name] = [max(column) if name == "peak" else sum(column) for column in columns]
    return found


def _cells(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: united_cells([part[name] for part in parts if name in part]) for name in _names(parts)}


def united_cells(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put cells of one dimension together: the same cell of several days, or several that are too small to be shown."""
    return {
        "sums": _added(each["sums"] for each in cells),
        "viewers": sketches.union(each["viewers"] for each in cells),
    }


def _film(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lengths = [part["duration_ms"] for part in parts if part.get("duration_ms")]
    return {
        "duration_ms": max(lengths, default=None),
        "views": sum(part["views"] for part in parts),
        "plays": [sum(column) for column in zip(*(part["plays"] for part in parts), strict=True)],
        "people": [sum(column) for column in zip(*(part["people"] for part in parts), strict=True)],
    }
