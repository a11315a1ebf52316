"""How much was watched, and how far."""

from store.metrics.definition import Definition, Ratio, Sum

_FINISHED = " Only videos whose length is known count."


def _reached(per_cent: int) -> Definition:
    return Definition(
        name=f"completion_{per_cent}",
        title=f"Watched {per_cent} %",
        unit="ratio",
        formula=f"Views that played at least {per_cent} % of the video's 100 bins, in any order, divided by all views.{_FINISHED}",
        computed=Ratio(Sum(f"q{per_cent}"), Sum("films_n")),
        n=Sum("films_n"),
        n_of="views of a video of known length",
        minimum_n=5,
    )


DEFINITIONS = (
    Definition(
        name="watch_time_ms",
        title="Watch time",
        unit="ms",
        formula=(
            "Sum over all heartbeats of min(watched_ms, time since the session's previous heartbeat + 5 s, 20 s), the first one"
            " measured from the session's first event: media time that really played, never more than the wall time in which it is said to have played. Counted on the day"
            " of the heartbeat."
        ),
        computed=Sum("watch_ms"),
    ),
    Definition(
        name="views",
        title="Views",
        unit="count",
        formula=(
            "Viewing sessions of one video in one party with at least 3 s of watch time, counted on the day of their first"
            " heartbeat."
        ),
        computed=Sum("views"),
        version=2,
    ),
    Definition(
        name="engaged_views",
        title="Engaged views",
        unit="count",
        formula="Views with at least 30 s of watch time, or of half the video where that is shorter.",
        computed=Sum("engaged_views"),
    ),
    Definition(
        name="average_view_duration_ms",
        title="Average view duration",
        unit="ms",
        formula="Watch time divided by views.",
        computed=Ratio(Sum("watch_ms"), Sum("views")),
        n=Sum("views"),
        n_of="views",
    ),
    Definition(
        name="average_percentage_viewed",
        title="Average share viewed",
        unit="ratio",
        formula="Mean over views of their watch time divided by the length of the video; what is watched twice counts twice, so it may exceed 1."
        + _FINISHED,
        computed=Ratio(Sum("percent_sum"), Sum("percent_n")),
        n=Sum("percent_n"),
        n_of="views of a video of known length",
    ),
    Definition(
        name="completion_rate",
        title="Watched to the end",
        unit="ratio",
        formula=(
            "Views that played at least 95 of the video's 100 bins in a row, or came within 2 s of its end, divided by all views."
            + _FINISHED
        ),
        computed=Ratio(Sum("completed"), Sum("films_n")),
        n=Sum("films_n"),
        n_of="views of a video of known length",
        minimum_n=5,
    ),
    *(_reached(per_cent) for per_cent in (25, 50, 75, 95)),
)
