"""How a figure is defined: words for people, and an expression over the merged `values` of aggregates.

An expression names what it takes, so that the dictionary can say how a figure is put together over windows, and whoever
computes it whether all of it is there.
"""

from typing import Literal

import msgspec

Unit = Literal["ms", "count", "ratio", "score"]
Dashboard = Literal["personal", "party", "video", "advanced"]

AUDIENCE: tuple[Dashboard, ...] = ("personal", "party", "video", "advanced")
HOSTING: tuple[Dashboard, ...] = ("personal", "party", "advanced")
RANGES: tuple[Dashboard, ...] = ("personal", "video", "advanced")
PLATFORM: tuple[Dashboard, ...] = ("advanced",)


class Sum(msgspec.Struct, frozen=True):
    """An additive figure, `values.sums[name]`, multiplied by `times`."""

    name: str
    times: float = 1


class Plus(msgspec.Struct, frozen=True):
    """The sum of additive figures."""

    names: tuple[str, ...]


class Ratio(msgspec.Struct, frozen=True):
    """One expression over another; nothing where that is 0."""

    over: "Expression"
    under: "Expression"


class Less(msgspec.Struct, frozen=True):
    """One expression less another, and not below 0."""

    whole: "Expression"
    part: "Expression"


class People(msgspec.Struct, frozen=True):
    """How many people a set has, `values.people[of]`."""

    of: str


class Quantile(msgspec.Struct, frozen=True):
    """The value below or at which a share `q` lies, of `values.sketches[of]`."""

    of: str
    q: float


class Samples(msgspec.Struct, frozen=True):
    """How many values `values.sketches[of]` holds."""

    of: str


class Peak(msgspec.Struct, frozen=True):
    """The greatest concurrency, `values.hours.peak`; of a party `values.party.max_concurrent`."""


class Share(msgspec.Struct, frozen=True):
    """One part of a score: its weight, and how its expression becomes a number between 0 and 1."""

    name: str
    weight: float
    expression: "Expression"
    saturates_at: float | None = None
    """With it x becomes 1 - e^(-x / saturates_at); without, min(1, x)."""


class Score(msgspec.Struct, frozen=True):
    """100 times the weighted mean of those parts that are known."""

    parts: tuple[Share, ...]


Expression = Sum | Plus | Ratio | Less | People | Quantile | Samples | Peak | Score

SESSIONS = Sum("sessions")
VIEWERS = People("viewers")


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One metric: what it is called, what it means, how it is computed, and the sample below which it is not shown.

    `version` counts up when the formula changes: what was computed by another one is not comparable.
    """

    name: str
    title: str
    unit: Unit
    formula: str
    """In words, for people."""
    computed: Expression
    n: Expression = SESSIONS
    n_of: str = "viewing sessions"
    """What `n` counts."""
    minimum_n: int = 1
    """With a smaller `n` the value is null with the reason `not_enough_data`."""
    over_range: str = ""
    """How the figure of a range comes from its days, in words, where its expression does not say it."""
    dashboards: tuple[Dashboard, ...] = AUDIENCE
    version: int = 1

    @property
    def merge(self) -> str:
        """How the figure of a range comes from its days, in words."""
        return self.over_range or _MERGES[type(self.computed)]

    @property
    def approximate(self) -> str:
        """How far the figure may be off, in words; empty where it is exact."""
        return "; ".join(sorted({_ERRORS[kind] for kind in kinds(self.computed) if kind in _ERRORS}))


def kinds(expression: Expression) -> set[type[Expression]]:
    """Name the kinds of expressions that one is made of."""
    match expression:
        case Ratio(first, second) | Less(first, second):
            return {type(expression)} | kinds(first) | kinds(second)
        case Score(parts):
            return set[type[Expression]]({Score}).union(*(kinds(part.expression) for part in parts))
        case _:
            return {type(expression)}


def inputs(expression: Expression) -> frozenset[str]:  # noqa: PLR0911 - one for each kind
    """Name the places in `values` that an expression reads, such as `sums.views`."""
    match expression:
        case Sum(name):
            return frozenset({f"sums.{name}"})
        case Plus(names):
            return frozenset(f"sums.{name}" for name in names)
        case Ratio(first, second) | Less(first, second):
            return inputs(first) | inputs(second)
        case People(of):
            return frozenset({f"people.{of}"})
        case Quantile(of) | Samples(of):
            return frozenset({f"sketches.{of}"})
        case Score(parts):
            return frozenset[str]().union(*(inputs(part.expression) for part in parts))
        case Peak():
            return frozenset({"hours.peak"})


_MERGES: dict[type[Expression], str] = {
    Sum: "days are added",
    Plus: "days are added",
    Ratio: "the sums of the days divided",
    Less: "of both over the whole range",
    People: "people of all days together, each once",
    Quantile: "of all samples of the days together",
    Samples: "days are added",
    Peak: "the greatest of the days",
    Score: "of the parts, each over the whole range",
}
_ERRORS: dict[type[Expression], str] = {
    People: "exact up to 4,095 people, above with a standard error of 1.6 %",
    Quantile: "within 1 %, and below 1 ms within 1 ms",
}
