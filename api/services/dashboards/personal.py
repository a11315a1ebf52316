"""The dashboard of a host and uploader: their own parties and films, and nobody's name."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

from msgspec import structs

from api.schemas.dashboards import PersonalView, RangeQuery, SubjectView, TopVideo
from api.services.dashboards.breakdowns import breakdown
from api.services.dashboards.figures import PERIODS, metrics_of, series_of
from api.services.dashboards.hosting import best_hour
from api.services.dashboards.windows import Values, Windows, inside, range_of, state_of, values_of, with_new
from api.services.ranges import Stretch, stretch_of
from conf.clock import Clock, utc
from store.aggregates import Span
from store.database import Store
from store.documents import Aggregate, User, Video
from store.figures import figure, in_hours, merged
from store.metric_definitions import DEFINITIONS
from store.sketches import ALL_HOURS

FAMILY = "creator_day"
VIDEO_FAMILY = "video_day"
TOP = 10
VIDEOS = 200
"""Of so many own videos, the newest, the top ones are found."""
LONGEST_TYPICAL = timedelta(days=93)
"""Of a longer stretch the eight before would be most of what there is."""
AFTER_ALL = "~"


class Personal:
    def __init__(self, *, store: Store, windows: Windows, pseudonym: Callable[[str], str], clock: Clock) -> None:
        self._store = store
        self._windows = windows
        self._pseudonym = pseudonym
        self._clock = clock

    async def show(self, user: User, query: RangeQuery) -> PersonalView:
        """Show a person's figures over a range, beside what was before where asked, and what is typical for them."""
        stretch = stretch_of(query, utc(self._clock.now_ms()))
        shown = [stretch, stretch.previous()] if query.compare is not None and query.range != "all" else [stretch]
        return await self._windows.recent(
            PersonalView, f"personal:{user.id}:{shown}", lambda: self._made(user, stretch, shown)
        )

    async def _made(self, user: User, stretch: Stretch, shown: Sequence[Stretch]) -> PersonalView:
        subject = self._pseudonym(user.id)
        new = await self._windows.new_viewers(FAMILY, subject, *shown)
        first = stretch.previous(PERIODS) if typical(stretch) else shown[-1]
        view = await self._windows.kept(
            PersonalView,
            f"{shown}:{new}",
            Span(FAMILY, "user", subject, first.first, stretch.last),
            lambda rows: view_of(user.id, rows, shown, new),
        )
        return structs.replace(view, top_videos=await self._top_videos(user, stretch))

    async def days(self, user: User, stretch: Stretch) -> list[Aggregate]:
        """Read the rows of a person's days."""
        span = Span(FAMILY, "user", self._pseudonym(user.id), stretch.first, stretch.last)
        return await self._store.aggregates.rows(span)

    async def _top_videos(self, user: User, stretch: Stretch) -> list[TopVideo]:
        own = {video.id: video for video in await self._store.videos.added_before(user.id, AFTER_ALL, VIDEOS)}
        if not own:
            return []
        rows = await self._store.aggregates.sums_of(VIDEO_FAMILY, "video", list(own), stretch.first, stretch.last)
        of_video: dict[str, list[Values]] = defaultdict(list)
        for video_id, day, values in rows:
            hours = stretch.hours_of(day)
            of_video[video_id].append(values if hours == ALL_HOURS else in_hours(values, hours))
        found = [_top_video(own[video_id], merged(parts)) for video_id, parts in of_video.items()]
        watched = [video for video in found if video.watch_time_ms]
        return sorted(watched, key=lambda video: (-video.watch_time_ms, video.video_id))[:TOP]


def view_of(user_id: str, rows: Sequence[Aggregate], shown: Sequence[Stretch], new: Sequence[int]) -> PersonalView:
    """Compute all that follows from the rows of a person: of the stretch that is shown, and of the one before if that is too."""
    stretch = shown[0]
    own = inside(rows, stretch)
    values, *previous = (with_new(values_of(rows, each), count, each) for each, count in zip(shown, new, strict=True))
    before = [values_of(rows, stretch.previous(times)) for times in range(1, PERIODS + 1)] if typical(stretch) else []
    state = state_of(own)
    return PersonalView(
        subject=SubjectView(kind="user", id=user_id),
        range=range_of(stretch),
        computed_at=state.computed_at,
        complete_until=state.complete_until,
        provisional=state.provisional,
        metrics=metrics_of("personal", values, previous=previous[0] if previous else None, before=before),
        series=series_of(own, stretch),
        top_videos=[],
        devices=breakdown(values, "device"),
        countries=breakdown(values, "country"),
        best_hour=best_hour(own, stretch),
    )


def typical(stretch: Stretch) -> bool:
    """Tell whether a stretch is short enough to be held against the eight before."""
    return stretch.stop - stretch.start <= LONGEST_TYPICAL


def _top_video(video: Video, values: Values) -> TopVideo:
    sums = values["sums"]
    return TopVideo(
        video_id=video.id,
        title=video.title,
        watch_time_ms=sums.get("watch_ms", 0),
        views=sums.get("views", 0),
        average_view_duration_ms=figure(DEFINITIONS["average_view_duration_ms"], values).value,
    )
