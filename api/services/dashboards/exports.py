"""Dashboards as tables: one line a metric and window, so that every tool can turn them as it likes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api.ask import Caller, StreamReply
from api.schemas.dashboards import DashboardView, ExportQuery
from api.services.dashboards.advanced import Advanced
from api.services.dashboards.party import PartyReports
from api.services.dashboards.personal import Personal
from api.services.dashboards.tables import Line, table
from api.services.dashboards.video import VideoDashboards
from api.services.ranges import Stretch, stretch_of
from conf.clock import Clock, utc
from store.documents import Aggregate, Party, User, Video
from store.figures import figure, in_hours
from store.metric_definitions import DEFINITIONS
from store.metrics.definition import Dashboard
from store.sketches import ALL_HOURS


class Exports:
    def __init__(
        self,
        *,
        personal: Personal,
        parties: PartyReports,
        videos: VideoDashboards,
        advanced: Advanced,
        clock: Clock,
    ) -> None:
        self._personal = personal
        self._parties = parties
        self._videos = videos
        self._advanced = advanced
        self._clock = clock

    async def personal(self, user: User, query: ExportQuery) -> StreamReply:
        stretch = self._stretch(query)
        view, days = await self._personal.show(user, query), await self._personal.days(user, stretch)
        return await table(query.format, "dashboard", daily("personal", view, days, stretch))

    async def party(self, party: Party, caller: Caller, query: ExportQuery) -> StreamReply:
        view = await self._parties.show(party, caller, query)
        return await table(query.format, f"party-{party.id}", drawn(view))

    async def video(self, video: Video, query: ExportQuery) -> StreamReply:
        stretch = self._stretch(query)
        view, days = await self._videos.show(video, query), await self._videos.days(video, stretch)
        return await table(query.format, f"video-{video.id}", daily("video", view, days, stretch))

    async def advanced(self, query: ExportQuery) -> StreamReply:
        stretch = self._stretch(query)
        view, days = await self._advanced.show(query), await self._advanced.days(stretch)
        return await table(query.format, "platform", daily("advanced", view, days, stretch))

    def _stretch(self, query: ExportQuery) -> Stretch:
        return stretch_of(query, utc(self._clock.now_ms()))


def daily(dashboard: Dashboard, view: DashboardView, days: Sequence[Aggregate], stretch: Stretch) -> Iterator[Line]:
    """List the metrics of the range, then those of each UTC day in it, of which the first and last may be cut."""
    yield from _range(view)
    for day in days:
        hours = stretch.hours_of(day.window)
        if hours:
            yield from _day(dashboard, day.window, day.values if hours == ALL_HOURS else in_hours(day.values, hours))


def drawn(view: DashboardView) -> Iterator[Line]:
    """List the metrics, then the points of the curves."""
    yield from _range(view)
    yield from _points(view)


def _range(view: DashboardView) -> Iterator[Line]:
    window = f"{view.range.from_.isoformat()}/{view.range.to.isoformat()}"
    for name, metric in view.metrics.items():
        yield Line(
            name, window, metric.value, metric.unit, metric.n, metric.approx, metric.rel_error, metric.reason,
            metric.definition_version,
        )  # fmt: skip


def _day(dashboard: Dashboard, window: str, values: Mapping[str, Any]) -> Iterator[Line]:
    for definition in DEFINITIONS.values():
        if dashboard in definition.dashboards:
            found = figure(definition, values)
            yield Line(
                definition.name, window, found.value, definition.unit, found.n, found.approx, found.rel_error,
                found.reason, definition.version,
            )  # fmt: skip


def _points(view: DashboardView) -> Iterator[Line]:
    for name, series in view.series.items():
        for at_ms, value in series.points:
            moment = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
            yield Line(
                name,
                moment,
                value,
                series.unit,
                None,
                approx=False,
                rel_error=0.0,
                reason=None,
                definition_version=None,
            )
