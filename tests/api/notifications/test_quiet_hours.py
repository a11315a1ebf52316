"""Wall-clock times as moments: quiet hours and digests, over midnight and where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.notifications.quiet_hours import next_digest, quiet_until
from store.documents import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(start="22:00", end="07:00")
NOON = QuietHours(start="12:00", end="13:30")


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-11-26 21:59:59", NIGHT, None),
        ("2026-11-26 22:00:00", NIGHT, "2026-11-27 07:00:00"),
        ("2026-11-26 23:59:59", NIGHT, "2026-11-27 07:00:00"),
        ("2026-11-27 00:00:00", NIGHT, "2026-11-27 07:00:00"),
        ("2026-11-27 06:59:59", NIGHT, "2026-11-27 07:00:00"),
        ("2026-11-27 07:00:00", NIGHT, None),
        ("2026-11-27 12:30:00", NOON, "2026-11-27 13:30:00"),
        ("2026-11-27 13:30:00", NOON, None),
        ("2026-12-31 23:00:00", NIGHT, "2027-01-01 07:00:00"),
    ],
)
def test_quiet_hours_end_by_the_wall_clock(now: str, quiet: QuietHours, until: str | None) -> None:
    assert quiet_until(at(now), BERLIN, quiet) == (at(until) if until else None)


def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    forward = quiet_until(at("2027-03-27 22:00"), BERLIN, NIGHT)
    back = quiet_until(at("2026-10-24 22:00"), BERLIN, NIGHT)
    assert forward is not None
    assert back is not None
    assert forward - at("2027-03-27 22:00") == timedelta(hours=8)
    assert back - at("2026-10-24 22:00") == timedelta(hours=10)


def test_an_end_that_the_clocks_jump_over_comes_as_much_later() -> None:
    quiet = QuietHours(start="22:00", end="02:30")
    until = quiet_until(at("2027-03-28 01:59"), BERLIN, quiet)
    assert until == at("2027-03-28 03:30")
    assert quiet_until(at("2027-03-28 03:30"), BERLIN, quiet) is None


def test_an_end_that_comes_twice_ends_it_twice() -> None:
    quiet = QuietHours(start="22:00", end="02:30")
    first, second = at("2026-10-25 02:30", fold=0), at("2026-10-25 02:30", fold=1)
    assert quiet_until(at("2026-10-25 01:00"), BERLIN, quiet) == first
    assert quiet_until(first, BERLIN, quiet) is None
    assert quiet_until(at("2026-10-25 02:10", fold=1), BERLIN, quiet) == second


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds have none
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
    ),
    start=st.times().map(lambda time: time.strftime("%H:%M")),
    end=st.times().map(lambda time: time.strftime("%H:%M")),
)
def test_what_is_put_off_goes_within_a_day_and_at_an_hour_that_is_not_quiet(
    moment: datetime, zone: str, start: str, end: str
) -> None:
    if start == end:
        return
    place, quiet = ZoneInfo(zone), QuietHours(start=start, end=end)
    until = quiet_until(moment, place, quiet)
    if until is None:
        return
    assert timedelta(0) < until - moment <= timedelta(hours=26)
    # Where the hours themselves are jumped over (start 02:10, end 02:20) the moment after may be inside once more.
    again = quiet_until(until, place, quiet)
    assert again is None or again - until <= timedelta(hours=26)
    assert until.second == 0


def test_the_daily_digest_goes_at_eight_in_the_morning_of_its_person() -> None:
    assert next_digest(at("2026-11-26 07:58"), BERLIN, "daily") == ("daily:2026-11-26", at("2026-11-26 08:00"))
    assert next_digest(at("2026-11-26 07:59:30"), BERLIN, "daily") == ("daily:2026-11-27", at("2026-11-27 08:00"))
    assert next_digest(at("2026-11-26 08:00"), BERLIN, "daily") == ("daily:2026-11-27", at("2026-11-27 08:00"))
    tokyo = ZoneInfo("Asia/Tokyo")
    assert next_digest(at("2026-11-26 23:30"), tokyo, "daily") == ("daily:2026-11-27", at("2026-11-27 08:00", tokyo))


def test_the_weekly_digest_goes_on_monday() -> None:
    assert next_digest(at("2026-11-26 12:00"), BERLIN, "weekly") == ("weekly:2026-11-30", at("2026-11-30 08:00"))
    assert next_digest(at("2026-11-30 08:00"), BERLIN, "weekly") == ("weekly:2026-12-07", at("2026-12-07 08:00"))
