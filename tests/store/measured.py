"""`values` of aggregates as the pipeline publishes them, for tests that put them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from store.sketches import histogram, people

SUMS = (
    "sessions",
    "watch_ms",
    "beats",
    "views",
    "engaged_views",
    "percent_sum",
    "percent_n",
    "completed",
    "q25",
    "q50",
    "q75",
    "q95",
    "films_n",
    "attempts",
    "started",
    "failed",
    "ebvs",
    "startup_n",
    "startup_score_sum",
    "stalls",
    "stall_ms",
    "smooth_sum",
    "smooth_n",
    "experience_sum",
    "experience_n",
    "synced_ms",
    "in_sync_ms",
    "drift_n",
    "chat_messages",
    "reactions",
    "viewer_ms",
    "cowatch_ms",
    "live_ms",
    "parties",
    "parties_created",
    "parties_started",
    "parties_ended",
    "parties_abandoned",
    "invited",
    "accepted",
    "rejoined",
    "joined",
)
HOURLY = ("watch_ms", "views", "chat_messages", "reactions", "viewer_ms", "live_ms", "peak")


def day(
    *,
    there: Mapping[str, Sequence[int]] | None = None,
    hours: Mapping[str, Mapping[int, float]] | None = None,
    drift: Sequence[float] = (),
    startup: Sequence[float] = (),
    by: Mapping[str, Any] | None = None,
    films: Mapping[str, Any] | None = None,
    **sums: float,
) -> dict[str, Any]:
    """Make the values of a day: `there` says who was there in which hours, `hours` what of the sums fell into which."""
    present = there or {}
    by_hour = {name: [0.0] * 24 for name in HOURLY}
    for name, filled in (hours or {}).items():
        for hour, value in filled.items():
            by_hour[name][hour] += value
    totals = {name: sum(by_hour[name]) for name in HOURLY if name != "peak"}
    masks = [(viewer, sum(1 << hour for hour in set(hours_of))) for viewer, hours_of in present.items()]
    viewers = people(masks)
    sets = {"viewers": viewers, "chatters": people(masks[:1]), "reactors": people([])}
    return {
        "sums": {**dict.fromkeys(SUMS, 0), **totals, "sessions": len(present), **sums},
        "hours": by_hour,
        "people": sets,
        "sketches": {"drift_ms": histogram(drift), "startup_ms": histogram(startup)},
        "by": dict(by or {}),
        "films": dict(films or {}),
    }


def cell(viewers: Sequence[str], **sums: float) -> dict[str, Any]:
    """Make one cell of `by`."""
    return {"sums": {"attempts": len(viewers), **sums}, "viewers": people([(viewer, 1) for viewer in viewers])}
