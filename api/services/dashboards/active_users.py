"""Users who were active in a day, a week, a month: told of single days, of which a range shows the last."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from api.schemas.dashboards import SeriesView
from api.services.dashboards.windows import Values
from api.services.ranges import Stretch
from conf.clock import to_ms
from store.documents import Aggregate

COUNTED = ("dau", "wau", "mau")
MONTH = 28


def with_active(values: Values, days: Sequence[Aggregate], stretch: Stretch) -> Values:
    """Add the active users of the last day of a stretch that is known."""
    until = [day for day in days if day.window <= stretch.last]
    if not until or until[-1].window < stretch.first:
        return values
    last = until[-1]
    early = (date.fromisoformat(last.window) - timedelta(days=MONTH - 1)).isoformat()
    month = [day.values["sums"]["dau"] for day in until if day.window >= early]
    sums = {name: last.values["sums"][name] for name in COUNTED}
    mean = {"dau_sum": sum(month), "dau_days": len(month) if len(month) == MONTH else 0}
    return {**values, "sums": {**values.get("sums", {}), **sums, **mean}}


def active_series(days: Sequence[Aggregate]) -> dict[str, SeriesView]:
    """Draw each of the counts, by day of UTC."""
    return {
        name: SeriesView(
            unit="count", points=[(_midnight_ms(day.window), day.values["sums"].get(name)) for day in days]
        )
        for name in COUNTED
    }


def lists_of(days: Sequence[Aggregate]) -> dict[str, Any]:
    """Take what is listed of the last day: lifecycle, cohorts, funnel."""
    found: dict[str, Any] = days[-1].values.get("lists", {}) if days else {}
    return found


def _midnight_ms(day: str) -> int:
    return to_ms(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
