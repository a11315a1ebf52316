"""The dashboard of the whole platform, for staff."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import structs

from api.schemas.dashboards import AdvancedView, PipelineView, RangeQuery, SubjectView
from api.services.dashboards.active_users import MONTH, active_series, lists_of, with_active
from api.services.dashboards.breakdowns import breakdown
from api.services.dashboards.figures import metrics_of, series_of
from api.services.dashboards.health import PipelineHealth
from api.services.dashboards.identities import without_people
from api.services.dashboards.windows import Windows, inside, range_of, state_of, values_of, with_new
from api.services.ranges import Stretch, stretch_of
from conf.clock import Clock, utc
from store.aggregates import Span
from store.database import Store
from store.documents import Aggregate

FAMILY = "platform_day"
PEOPLE_FAMILY = "people_day"
LEADERS = "leaderboard"
ANOMALIES = "anomalies"
KIND, SUBJECT = "platform", "all"


class Advanced:
    def __init__(self, *, store: Store, windows: Windows, health: PipelineHealth, clock: Clock) -> None:
        self._store = store
        self._windows = windows
        self._health = health
        self._clock = clock

    async def show(self, query: RangeQuery) -> AdvancedView:
        """Show the platform's figures over a range, who leads, what is unusual, and how the pipeline does."""
        stretch = stretch_of(query, utc(self._clock.now_ms()))
        shown = [stretch, stretch.previous()] if query.compare is not None and query.range != "all" else [stretch]
        view = await self._windows.recent(AdvancedView, f"advanced:{shown}", lambda: self._made(stretch, shown))
        return structs.replace(view, pipeline=self._health.now(view.pipeline))

    async def _made(self, stretch: Stretch, shown: Sequence[Stretch]) -> AdvancedView:
        new = await self._windows.new_viewers(FAMILY, SUBJECT, *shown)
        people = await self.people(shown[-1].first, stretch.last)
        newest = max((row.computed_at for row in people), default=None)
        view = await self._windows.kept(
            AdvancedView,
            f"{shown}:{new}:{newest}:{len(people)}",
            Span(FAMILY, KIND, SUBJECT, shown[-1].first, stretch.last),
            lambda rows: view_of(rows, people, shown, new),
        )
        leaders = (await self._rows(LEADERS, stretch))[-1:]
        return structs.replace(
            view,
            top_videos=_listed(leaders, "videos"),
            top_hosts=_listed(leaders, "hosts"),
            anomalies=_listed(await self._rows(ANOMALIES, stretch), "anomalies"),
            pipeline=await self._health.show(),
        )

    async def days(self, stretch: Stretch) -> list[Aggregate]:
        """Read the rows of the platform's days."""
        return await self._rows(FAMILY, stretch)

    async def people(self, first: str, last: str) -> list[Aggregate]:
        """Read the days of active users, with those before the first that stickiness needs."""
        early = (date.fromisoformat(first) - timedelta(days=MONTH - 1)).isoformat()
        return await self._store.aggregates.rows(Span(PEOPLE_FAMILY, KIND, SUBJECT, early, last))

    async def _rows(self, family: str, stretch: Stretch) -> list[Aggregate]:
        return await self._store.aggregates.rows(Span(family, KIND, SUBJECT, stretch.first, stretch.last))


def view_of(
    rows: Sequence[Aggregate], people: Sequence[Aggregate], shown: Sequence[Stretch], new: Sequence[int]
) -> AdvancedView:
    """Compute all that follows from the rows of the platform and of its active users."""
    stretch = shown[0]
    own = inside(rows, stretch)
    values, *previous = (
        with_active(with_new(values_of(rows, each), count, each), people, each)
        for each, count in zip(shown, new, strict=True)
    )
    state = state_of(own)
    days = inside(people, stretch)
    return AdvancedView(
        subject=SubjectView(kind="platform", id=SUBJECT),
        range=range_of(stretch),
        computed_at=state.computed_at,
        complete_until=state.complete_until,
        provisional=state.provisional,
        metrics=metrics_of("advanced", values, previous=previous[0] if previous else None),
        series={**series_of(own, stretch), **active_series(days)},
        top_videos=[],
        top_hosts=[],
        devices=breakdown(values, "device"),
        countries=breakdown(values, "country"),
        clients=breakdown(values, "client"),
        browsers=breakdown(values, "browser"),
        systems=breakdown(values, "os"),
        anomalies=[],
        people=without_people(lists_of(days)),
        pipeline=PipelineView(watermark=None, lag_ms=None, late=None, events=None, quality_failures=None, jobs=[]),
    )


def _listed(rows: Sequence[Aggregate], name: str) -> list[dict[str, Any]]:
    """Put what the rows list under a name together."""
    return [one for row in rows for one in without_people(row.values.get("lists", {}).get(name, []))]
