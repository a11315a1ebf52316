"""The stretch of time that a dashboard is asked for, in whole days of UTC, which is how its rows are kept."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from api.problems import invalid
from api.schemas.dashboards import RangeQuery

LENGTHS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "28d": timedelta(days=28), "90d": timedelta(days=90)}
LONGEST = timedelta(days=3 * 366)
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
"""Before the first version: `all` begins here."""
DAY = timedelta(days=1)


class Days(Struct, frozen=True):
    """From midnight to midnight, UTC; `stop` is not included."""

    start: datetime
    stop: datetime
    zone: str

    @property
    def first(self) -> str:
        return self.start.date().isoformat()

    @property
    def last(self) -> str:
        return (self.stop - DAY).date().isoformat()

    def previous(self) -> "Days":
        """Return the stretch of the same length right before."""
        return Days(self.start - (self.stop - self.start), self.start, self.zone)


def days_of(query: RangeQuery, now: datetime) -> Days:
    """Read `range`, or `from` and `to`, in the zone `tz`. Raises `Problem("invalid")`."""
    zone = _zone(query.tz)
    if query.from_ is None and query.to is None:
        name = query.range or "28d"
        start = BEGINNING if name == "all" else now - LENGTHS[name]
        return _whole(start, now, query.tz)
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
    return _whole(start, stop, query.tz)


def _whole(start: datetime, stop: datetime, zone: str) -> Days:
    begins = datetime.combine(start.astimezone(UTC).date(), time(), UTC)
    last = datetime.combine((stop.astimezone(UTC) - timedelta(microseconds=1)).date(), time(), UTC)
    return Days(begins, last + DAY, zone)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # also where the machine has no table of zones
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid("?tz", "There is no such time zone; use names like Europe/Berlin.") from error


def _moment(path: str, text: str, zone: tzinfo, *, end: bool) -> datetime:
    try:
        if len(text) == len("2026-11-23"):
            day = datetime.combine(date.fromisoformat(text), time(), zone)
            return day + DAY if end else day
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(path, "Give a day (2026-11-23) or an RFC 3339 time.") from error
