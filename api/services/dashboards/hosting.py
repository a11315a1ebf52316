"""The best hour to host: in which hour of the day most people were there, while something was live."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from api.schemas.dashboards import BestHourView, HourView
from api.services.ranges import HOUR, Stretch
from store.documents import Aggregate

FEWEST_DAYS = 3
"""One great evening says nothing about evenings."""
FEWEST_HOURS = 2
"""Where all parties were at the same hour there is nothing to compare it with."""


def best_hour(rows: Sequence[Aggregate], stretch: Stretch) -> BestHourView:
    """Average the concurrent viewers of each hour of the day, in the zone of the stretch."""
    viewer_ms: dict[int, float] = defaultdict(float)
    live_ms: dict[int, float] = defaultdict(float)
    days: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        hours = row.values.get("hours", {})
        mask = stretch.hours_of(row.window)
        midnight = datetime.fromisoformat(f"{row.window}T00:00:00+00:00")
        for hour, (there, live) in enumerate(zip(hours.get("viewer_ms", ()), hours.get("live_ms", ()), strict=True)):
            if live and mask >> hour & 1:
                local = (midnight + hour * HOUR).astimezone(stretch.place)
                viewer_ms[local.hour] += there
                live_ms[local.hour] += live
                days[local.hour].add(local.date().isoformat())
    averages = {hour: viewer_ms[hour] / live_ms[hour] for hour in days if len(days[hour]) >= FEWEST_DAYS}
    enough = len(averages) >= FEWEST_HOURS
    return BestHourView(
        hour=max(averages, key=lambda hour: (averages[hour], -hour)) if enough else None,
        reason=None if enough else "not_enough_data",
        hours=[
            HourView(hour=hour, days=len(days[hour]), average_concurrent_viewers=averages.get(hour))
            for hour in sorted(days)
        ],
    )
