"""Dashboards: one shape for all, and what each has beside it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.schemas.fields import Body, View
from store.metrics.definition import Unit

RangeName = Literal["24h", "7d", "28d", "90d", "all"]
Dimension = Literal["device", "browser", "os", "country", "client", "hour", "day"]
Number = float | int
Day = Annotated[str, Meta(max_length=40)]
Row = dict[str, Any]


class RangeQuery(Body, kw_only=True, frozen=True, rename={"from_": "from"}):
    range: RangeName | None = None
    """28d where nothing is said. Days are those of `tz` and end with today; `24h` ends with the hour that goes on."""
    from_: Day | None = None
    """A day or an RFC 3339 time; with `to`, instead of `range`."""
    to: Day | None = None
    tz: Annotated[str, Meta(max_length=64)] = "UTC"
    """Where days begin. A zone that is not whole hours from UTC gets days of UTC: `range.cut` says which it was."""
    compare: Literal["previous"] | None = None
    """Show beside each figure that of the stretch of the same length before."""


class ExportQuery(RangeQuery, kw_only=True, frozen=True, rename={"from_": "from"}):
    format: Literal["csv", "parquet"] = "csv"


class MetricQuery(RangeQuery, kw_only=True, frozen=True, rename={"from_": "from"}):
    metric: Annotated[str, Meta(max_length=64)]
    """A name of the metrics dictionary."""
    dimension: Dimension
    """What to break it down by. `hour` and `day` are those of the range, in `tz`."""


class SubjectView(msgspec.Struct, kw_only=True, frozen=True):
    kind: Literal["party", "user", "video", "platform"]
    id: str


class RangeView(msgspec.Struct, kw_only=True, frozen=True, rename={"from_": "from"}):
    from_: datetime
    to: datetime
    tz: str
    cut: Literal["hours", "utc_days"] = "hours"
    """`utc_days`: the zone is not whole hours from UTC, so these are whole days of UTC."""


class BandView(msgspec.Struct, kw_only=True, frozen=True):
    low: Number
    high: Number
    periods: int
    """Of the eight before, those in which there was enough data."""


class MetricView(View, kw_only=True, frozen=True):
    value: Number | None
    unit: Unit
    n: int
    """What the value was computed from; the dictionary says what is counted."""
    previous: Number | None = None
    """The value of the stretch before, with `compare=previous`."""
    typical: BandView | None = None
    """The middle half of the values of the eight stretches of the same length before."""
    approx: bool = False
    rel_error: float = 0.0
    reason: Literal["not_enough_data", "not_computed"] | None = None
    """Why the value is null."""
    covers: Literal["utc_days"] | None = None
    """The value is known by day only, and is that of all UTC days that the range touches."""
    parts: dict[str, Number] = msgspec.field(default_factory=dict)
    """Of a score: its parts, each between 0 and 1."""
    definition: str
    """Where the dictionary defines it."""
    formula: str
    definition_version: int


class SeriesView(msgspec.Struct, kw_only=True, frozen=True):
    unit: Unit
    points: list[tuple[float, Number | None]]
    """[time in ms since the epoch, value]"""


class CellView(msgspec.Struct, kw_only=True, frozen=True):
    key: str
    """`other` holds what is rare, and what had fewer than ten people."""
    people: int
    figures: dict[str, Number | None]


class DashboardView(msgspec.Struct, kw_only=True, frozen=True):
    subject: SubjectView
    range: RangeView
    computed_at: datetime | None
    """When the newest of its rows was computed; null where nothing is published about the subject yet."""
    complete_until: datetime | None
    provisional: bool
    metrics: dict[str, MetricView]
    series: dict[str, SeriesView]


class TopVideo(msgspec.Struct, kw_only=True, frozen=True):
    video_id: str
    title: str
    watch_time_ms: Number
    views: Number
    average_view_duration_ms: Number | None


class HourView(msgspec.Struct, kw_only=True, frozen=True):
    hour: int
    """Of the day, 0 to 23, in the zone of the range."""
    days: int
    """On so many days something was live in this hour."""
    average_concurrent_viewers: Number | None


class BestHourView(msgspec.Struct, kw_only=True, frozen=True):
    hour: int | None
    """The one with the most viewers on average; null where fewer than two hours were live on three days each."""
    reason: Literal["not_enough_data"] | None
    hours: list[HourView]


class PersonalView(DashboardView, kw_only=True, frozen=True):
    top_videos: list[TopVideo]
    """Your own uploads by watch time, in whoever's parties."""
    devices: list[CellView]
    countries: list[CellView]
    best_hour: BestHourView


class AttendanceView(View, kw_only=True, frozen=True):
    name: str | None = None
    """Of a member of your own party; guests and people who are gone have none."""
    user_id: str | None = None
    guest: bool
    minutes: float


class PartyView(DashboardView, kw_only=True, frozen=True):
    lifecycle: Row
    """When what happened (`…_ms` since the epoch, or a length), what was live, and how often the controls were used."""
    highlights: list[Row]
    attendance: list[AttendanceView]
    lists: Row
    """What else the report lists."""


class RetentionView(msgspec.Struct, kw_only=True, frozen=True):
    views: int
    bin_ms: float
    absolute: list[float]
    """Plays of each hundredth, repeats counted, divided by views."""
    unique: list[float]
    """Views that played it, divided by views."""


class CompanyView(msgspec.Struct, kw_only=True, frozen=True):
    together_ms: Number
    alone_ms: Number


class VideoDashboardView(DashboardView, kw_only=True, frozen=True):
    retention: RetentionView | None
    """Null below five views."""
    company: CompanyView | None
    devices: list[CellView]
    lists: Row
    """Key moments and what else is published of the video."""


class JobHealthView(msgspec.Struct, kw_only=True, frozen=True):
    job: str
    state: str | None
    """Of the last run: `claimed`, `done` or `failed`; null before the first."""
    slot: str | None
    finished_at: datetime | None
    error: str | None


class PipelineView(msgspec.Struct, kw_only=True, frozen=True):
    watermark: datetime | None
    """Everything received before is in the lake."""
    lag_ms: int | None
    late: int | None
    """Events of the last slot that came late."""
    events: int | None
    quality_failures: int | None
    """Checks that the last slice failed; null where none has run."""
    jobs: list[JobHealthView]


class AdvancedView(DashboardView, kw_only=True, frozen=True):
    top_videos: list[Row]
    top_hosts: list[Row]
    devices: list[CellView]
    countries: list[CellView]
    clients: list[CellView]
    browsers: list[CellView]
    systems: list[CellView]
    anomalies: list[Row]
    people: Row
    """Lifecycle, cohorts and funnel, as published for the last day."""
    pipeline: PipelineView


class LivePartyView(View, kw_only=True, frozen=True):
    party_id: str
    title: str | None = None
    """Left out where the party is gone."""
    concurrent_viewers: int
    chat_messages_per_minute: int
    reactions_per_minute: int
    joins_per_minute: int


class LiveListsView(msgspec.Struct, kw_only=True, frozen=True):
    parties: list[LivePartyView]
    """Those with the most viewers, at most 20."""


class LiveView(DashboardView, kw_only=True, frozen=True):
    nodes: int
    """So many websocket nodes were added up."""
    oldest_beat_ms: int | None
    """The age of what was heard longest ago of those: each tells every five seconds, and is believed for twenty."""
    lists: LiveListsView


class QueryRow(View, kw_only=True, frozen=True):
    key: str
    """The cell, or the moment at which the hour or the day begins."""
    value: Number | None
    n: int | None = None
    approx: bool = False
    rel_error: float = 0.0
    covers: Literal["utc_days"] | None = None
    reason: Literal["not_enough_data", "not_computed", "suppressed"] | None = None
    """Why the value is null. `suppressed`: fewer than ten people."""


class QueryView(msgspec.Struct, kw_only=True, frozen=True):
    metric: str
    dimension: Dimension
    unit: Unit
    range: RangeView
    computed_at: datetime | None
    complete_until: datetime | None
    provisional: bool
    definition: str
    definition_version: int
    rows: list[QueryRow]


class DefinitionView(msgspec.Struct, kw_only=True, frozen=True):
    name: str
    title: str
    unit: Unit
    formula: str
    n: str
    """What `n` counts."""
    minimum_n: int
    over_range: str
    approximate: str
    """How far it may be off; empty where it is exact."""
    dashboards: list[Literal["personal", "party", "video", "advanced", "live"]]
    version: int


class DictionaryView(msgspec.Struct, kw_only=True, frozen=True):
    items: list[DefinitionView]
    next: None = None
