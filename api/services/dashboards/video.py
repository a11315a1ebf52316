"""The dashboard of one video, for whoever uploaded it."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from api.schemas.dashboards import CompanyView, RangeQuery, RetentionView, SubjectView, VideoDashboardView
from api.services.dashboards.breakdowns import breakdown
from api.services.dashboards.figures import metrics_of, series_of
from api.services.dashboards.identities import without_people
from api.services.dashboards.windows import Values, Windows, inside, range_of, state_of, values_of, with_new
from api.services.ranges import Stretch, stretch_of
from conf.clock import Clock, utc
from store.aggregates import Span
from store.database import Store
from store.documents import Aggregate, Video

FAMILY = "video_day"
RELATIVE = "relative_retention"
FEWEST_VIEWS = 5


class VideoDashboards:
    def __init__(self, *, store: Store, windows: Windows, clock: Clock) -> None:
        self._store = store
        self._windows = windows
        self._clock = clock

    async def show(self, video: Video, query: RangeQuery) -> VideoDashboardView:
        stretch = stretch_of(query, utc(self._clock.now_ms()))
        shown = [stretch, stretch.previous()] if query.compare is not None and query.range != "all" else [stretch]
        return await self._windows.recent(
            VideoDashboardView,
            f"video:{video.id}:{video.duration_ms}:{shown}",
            lambda: self._made(video, stretch, shown),
        )

    async def _made(self, video: Video, stretch: Stretch, shown: Sequence[Stretch]) -> VideoDashboardView:
        new = await self._windows.new_viewers(FAMILY, video.id, *shown)
        view = await self._windows.kept(
            VideoDashboardView,
            f"{shown}:{new}",
            Span(FAMILY, "video", video.id, shown[-1].first, stretch.last),
            lambda rows: view_of(video, rows, shown, new),
        )
        relative = await self._store.aggregates.get(RELATIVE, "video", video.id, "all")
        more = {} if relative is None else without_people(relative.values.get("lists", {}))
        return structs.replace(view, lists={**view.lists, **more})

    async def days(self, video: Video, stretch: Stretch) -> list[Aggregate]:
        """Read the rows of a video's days."""
        return await self._store.aggregates.rows(Span(FAMILY, "video", video.id, stretch.first, stretch.last))


def view_of(
    video: Video, rows: Sequence[Aggregate], shown: Sequence[Stretch], new: Sequence[int]
) -> VideoDashboardView:
    """Compute all that follows from the rows of a video."""
    stretch = shown[0]
    own = inside(rows, stretch)
    values, *previous = (with_new(values_of(rows, each), count, each) for each, count in zip(shown, new, strict=True))
    state = state_of(own)
    return VideoDashboardView(
        subject=SubjectView(kind="video", id=video.id),
        range=range_of(stretch),
        computed_at=state.computed_at,
        complete_until=state.complete_until,
        provisional=state.provisional,
        metrics=metrics_of("video", values, previous=previous[0] if previous else None),
        series=series_of(own, stretch),
        retention=_retention(values.get("films", {}).get(video.id), video.duration_ms),
        company=_company(values.get("sums", {})),
        devices=breakdown(values, "device"),
        lists=_newest_lists(own),
    )


def _retention(film: Values | None, duration_ms: int | None) -> RetentionView | None:
    if film is None or film["views"] < FEWEST_VIEWS:
        return None
    views, bins = film["views"], len(film["plays"])
    return RetentionView(
        views=views,
        bin_ms=(film["duration_ms"] or duration_ms or 0) / bins,
        absolute=[count / views for count in film["plays"]],
        unique=[count / views for count in film["people"]],
    )


def _company(sums: Values) -> CompanyView | None:
    viewer_ms, together_ms = sums.get("viewer_ms"), sums.get("cowatch_ms")
    if viewer_ms is None or together_ms is None:
        return None
    return CompanyView(together_ms=together_ms, alone_ms=viewer_ms - together_ms)


def _newest_lists(rows: Sequence[Aggregate]) -> dict[str, Any]:
    """Take what the pipeline lists of a video from the newest row that has any: lists of days do not add up."""
    listed = [row.values["lists"] for row in rows if row.values.get("lists")]
    found: dict[str, Any] = without_people(listed[-1]) if listed else {}
    return found
