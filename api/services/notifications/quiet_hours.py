"""When nobody is to be disturbed, and when the digests go: wall-clock times of a person, as moments. Pure.

By the wall clock: where clocks go forward over the end of the quiet hours, they end as much later; where an hour comes
twice, what is quiet in it is quiet twice.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from store.documents import QuietHours

DIGEST_AT = time(8)
MARGIN = timedelta(seconds=60)
"""What is told so shortly before a digest goes with the next one."""
MONDAY = 0


def quiet_until(now: datetime, zone: ZoneInfo, quiet: QuietHours | None) -> datetime | None:
    """Say when the quiet hours end that `now` falls into; None where it falls into none."""
    if quiet is None:
        return None
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    local = now.astimezone(zone)
    clock = local.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return None
    days = (local.date(), local.date() + timedelta(days=1))
    return min(moment for day in days for moment in _moments(day, end, zone) if moment > now)


def next_digest(now: datetime, zone: ZoneInfo, mode: Literal["daily", "weekly"]) -> tuple[str, datetime]:
    """Name the next digest (`daily:2026-11-27`, `weekly:2026-11-30`) and the moment when it goes."""
    day = now.astimezone(zone).date()
    while True:
        moment = _moments(day, DIGEST_AT, zone)[0]
        if moment > now + MARGIN and (mode == "daily" or day.weekday() == MONDAY):
            return f"{mode}:{day.isoformat()}", moment
        day += timedelta(days=1)


def _moments(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """List when the wall clock shows `clock` on a day: once; twice where it is put back; else after it was put forward."""
    both = [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
    shown = [moment for moment in both if moment.astimezone(zone).time() == clock]
    return sorted(set(shown)) or [max(both)]
