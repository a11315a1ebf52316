"""The stretch of time that a dashboard is asked for.

Rows are kept by UTC day, and what is additive in them by the hour. So where the zone is whole hours from UTC, a stretch
begins and ends with any hour of it; elsewhere (India, Nepal, …) it is whole days of UTC, and the reply says so.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from api.problems import invalid
from api.schemas.dashboards import RangeQuery

DAYS = {"7d": 7, "28d": 28, "90d": 90}
LONGEST = timedelta(days=3 * 366)
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
"""Before the first version: `all` begins here."""
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MOST_HOURS = 49
"""A stretch of up to two days is drawn by the hour; the day on which clocks are put back has 25."""

Step = Literal["hour", "day"]


class Stretch(Struct, frozen=True):
    """From hour to hour, in UTC; `stop` is not included."""

    start: datetime
    stop: datetime
    zone: str
    by_hours: bool
    """Whether it was cut in the zone; else it is whole days of UTC."""

    @property
    def first(self) -> str:
        """Name the UTC day in which it begins."""
        return self.start.date().isoformat()

    @property
    def last(self) -> str:
        return (self.stop - HOUR).date().isoformat()

    @property
    def step(self) -> Step:
        return "hour" if self.stop - self.start <= MOST_HOURS * HOUR else "day"

    @property
    def place(self) -> tzinfo:
        """The zone in whose days it is drawn."""
        return zone_of(self.zone) if self.by_hours else UTC

    def previous(self, times: int = 1) -> "Stretch":
        """Return the stretch of the same length right before; `times`: as many of them before.

        Whole days of the zone stay whole days where clocks change in between.
        """
        first, last = self.start.astimezone(self.place), self.stop.astimezone(self.place)
        if first.time() == last.time() == time():
            back = (last.date() - first.date()) * times
            begins, ends = (_hour(_midnight(moment.date() - back, self.place)) for moment in (first, last))
            return Stretch(begins, ends, self.zone, self.by_hours)
        length = (self.stop - self.start) * times
        return Stretch(self.start - length, self.stop - length, self.zone, self.by_hours)

    def hours_of(self, day: str) -> int:
        """Tell which hours of a UTC day are in it, as a mask."""
        begins = datetime.combine(date.fromisoformat(day), time(), UTC)
        first = max(0, (self.start - begins) // HOUR)
        stop = min(24, (self.stop - begins) // HOUR)
        return ((1 << stop) - 1) & ~((1 << first) - 1) if stop > first else 0

    def bins(self, step: Step, since: datetime | None = None) -> Iterator["Stretch"]:
        """Cut it into hours, or days of its zone; with `since` from the day of that moment on."""
        begins = self.start
        if since is not None:
            begins = max(begins, _hour(_midnight(since.astimezone(self.place).date(), self.place)))
        while begins < self.stop:
            if step == "hour":
                ends = begins + HOUR
            else:
                ends = _midnight(begins.astimezone(self.place).date() + DAY, self.place)
            yield Stretch(begins, min(ends, self.stop), self.zone, self.by_hours)
            begins = ends


def stretch_of(query: RangeQuery, now: datetime) -> Stretch:
    """Read `range`, or `from` and `to`, in the zone `tz`. Raises `Problem("invalid")`."""
    zone = zone_of(query.tz)
    if query.from_ is None and query.to is None:
        return _named(query.range or "28d", query.tz, zone, now)
    if query.range is not None:
        raise invalid("?range", "Give either `range`, or `from` and `to`.")
    if query.from_ is None or query.to is None:
        raise invalid("?from", "`from` and `to` go together.")
    start = _moment("?from", query.from_, zone, end=False)
    stop = _moment("?to", query.to, zone, end=True)
    if not start < stop:
        raise invalid("?to", "`to` comes after `from`.")
    if stop - start > LONGEST:
        raise invalid("?from", f"At most {LONGEST.days} days can be asked for; `range=all` gives everything.")
    if start < EARLIEST or stop > LATEST:
        raise invalid("?from", f"Nothing is known of the time before {EARLIEST.date()} or after {LATEST.date()}.")
    return _whole(start, stop, query.tz, zone)


def zone_of(name: str) -> tzinfo:
    """Find a time zone. Raises `Problem("invalid")`."""
    if name == "UTC":
        return UTC  # also where the machine has no table of zones
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid("?tz", "There is no such time zone; use names like Europe/Berlin.") from error


def _named(name: str, tz: str, zone: tzinfo, now: datetime) -> Stretch:
    """Count back from now: the last 24 hours with the one that goes on, or days of the zone with today."""
    place = zone if _on_the_hour(zone, now) else UTC
    tomorrow = _midnight(now.astimezone(place).date() + DAY, place)
    if name == "all":
        return _whole(BEGINNING, tomorrow, tz, zone)
    if name == "24h":
        ends = _hour(now) + HOUR
        return _whole(ends - DAY, ends, tz, zone)
    begins = _midnight(tomorrow.astimezone(place).date() - DAYS[name] * DAY, place)
    return _whole(begins, tomorrow, tz, zone)


def _whole(start: datetime, stop: datetime, name: str, zone: tzinfo) -> Stretch:
    """Widen to whole hours, or to whole days of UTC where the zone's hours are not those of UTC."""
    start, stop = start.astimezone(UTC), stop.astimezone(UTC)
    marks = [start + DAY * days for days in range(0, (stop - start).days + 1, 28)]
    if all(_on_the_hour(zone, moment) for moment in (*marks, stop)):
        first, last = _hour(start), _hour(stop)
        return Stretch(first, last if last == stop else last + HOUR, name, by_hours=True)
    first = datetime.combine(start.date(), time(), UTC)
    last = datetime.combine((stop - timedelta(microseconds=1)).date(), time(), UTC)
    return Stretch(first, last + DAY, name, by_hours=False)


def _on_the_hour(zone: tzinfo, moment: datetime) -> bool:
    offset = zone.utcoffset(moment.astimezone(zone))
    return offset is not None and not offset % HOUR


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Give the first moment of a day, in UTC; where clocks skip midnight it is the moment of the skip."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _moment(path: str, text: str, zone: tzinfo, *, end: bool) -> datetime:
    try:
        if len(text) == len("2026-11-23"):
            day = date.fromisoformat(text)
            return _midnight(day + DAY if end else day, zone)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(path, "Give a day (2026-11-23) or an RFC 3339 time.") from error
