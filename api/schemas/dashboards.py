from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.schemas.fields import Body, View

RangeName = Literal["24h", "7d", "28d", "90d", "all"]
Day = Annotated[str, Meta(max_length=40)]


class RangeQuery(Body, kw_only=True, frozen=True, rename={"from_": "from"}):
    range: RangeName | None = None
    from_: Day | None = None
    """A day or an RFC 3339 time; with `to`, instead of `range`."""
    to: Day | None = None
    tz: Annotated[str, Meta(max_length=64)] = "UTC"
    compare: Literal["previous"] | None = None


class SubjectView(msgspec.Struct, kw_only=True, frozen=True):
    kind: Literal["party", "user"]
    id: str


class RangeView(msgspec.Struct, kw_only=True, frozen=True, rename={"from_": "from"}):
    from_: datetime
    to: datetime
    tz: str


class MetricView(View, kw_only=True, frozen=True):
    value: float | int | None
    unit: Literal["ms", "count", "ratio"]
    n: int
    """Viewing sessions that the value was computed from."""
    previous: float | int | None = None
    reason: Literal["not_enough_data"] | None = None
    """Why the value is null."""
    definition: str
    definition_version: int


class SeriesView(msgspec.Struct, kw_only=True, frozen=True):
    unit: Literal["ms", "count", "ratio"]
    points: list[tuple[float, float | int | None]]
    """[time in ms since the epoch, value]"""


class DashboardView(msgspec.Struct, kw_only=True, frozen=True):
    subject: SubjectView
    range: RangeView
    computed_at: datetime | None
    """Null where the pipeline has published nothing about the subject yet."""
    complete_until: datetime | None
    provisional: bool
    metrics: dict[str, MetricView]
    series: dict[str, SeriesView]


class DefinitionView(msgspec.Struct, kw_only=True, frozen=True):
    name: str
    title: str
    unit: Literal["ms", "count", "ratio"]
    formula: str
    minimum_n: int
    version: int


class DictionaryView(msgspec.Struct, kw_only=True, frozen=True):
    items: list[DefinitionView]
    next: None = None
