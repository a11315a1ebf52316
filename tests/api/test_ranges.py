"""Pure readers: Range, Content-Range, dashboards' ranges, names, bodies."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.decoding import decode_body, decode_query
from api.problems import Problem
from api.schemas.dashboards import RangeQuery
from api.schemas.parties import NewParty
from api.services.content_range import parse_piece, parse_range
from api.services.ranges import stretch_of
from api.services.text import clean_line

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def outcome(read: Callable[[], Any]) -> Any:
    """Return what a reader makes of its input, or the problem that it raises; anything else fails the test."""
    try:
        return read()
    except Problem as problem:
        return problem


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_range_is_never_outside_the_file(first: int, last: int, size: int) -> None:
    for header in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        found = outcome(lambda header=header: parse_range(header, size))  # type: ignore[misc]
        if isinstance(found, Problem):
            assert found.headers["Content-Range"] == f"bytes */{size}"
        else:
            assert found is None or 0 <= found.start < found.stop <= size


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_no_header_breaks_the_readers(header: str) -> None:
    for read in (lambda: parse_range(header, 100), lambda: parse_piece(header)):
        found = outcome(read)
        assert not isinstance(found, Problem) or found.status in {400, 416}


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_no_body_breaks_the_decoder(raw: bytes) -> None:
    found = outcome(lambda: decode_body(raw, NewParty))
    assert not isinstance(found, Problem) or found.status == 400


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=300)
def test_a_clean_name_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_line(text, "$.title")
    except Problem:
        return
    assert cleaned
    assert clean_line(cleaned, "$.title") == cleaned


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a\nb", "\u2066x", "a\x7fb", "\ufeffx"])
def test_names_hold_nothing_invisible(text: str) -> None:
    with pytest.raises(Problem):
        clean_line(text, "$.title")


@pytest.mark.parametrize("text", ["👩‍👩‍👧‍👦 night", "می‌خواهم", "Zoë", "e\u0301tude"])
def test_people_write_their_names_as_they_do(text: str) -> None:
    assert clean_line(f" {text} ", "$.title")


def test_a_range_ends_with_today_and_has_as_many_days_as_its_name_says() -> None:
    week = stretch_of(RangeQuery(range="7d"), NOW)
    assert (week.first, week.last) == ("2026-11-17", "2026-11-23")
    assert week.previous().last == "2026-11-16"
    assert week.previous().stop - week.previous().start == week.stop - week.start
    day = stretch_of(RangeQuery(range="24h"), NOW)
    assert (day.start, day.stop) == (
        NOW.replace(minute=0) - timedelta(hours=23),
        NOW.replace(minute=0) + timedelta(hours=1),
    )
    exact = stretch_of(RangeQuery(from_="2026-11-20T10:00:00Z", to="2026-11-21T00:00:00+00:00"), NOW)
    assert (exact.first, exact.last) == ("2026-11-20", "2026-11-20")
    assert exact.hours_of("2026-11-20") == sum(1 << hour for hour in range(10, 24))
    assert exact.hours_of("2026-11-21") == 0


def test_days_are_those_of_the_zone_where_it_is_whole_hours_from_utc() -> None:
    day = RangeQuery(from_="2026-07-01", to="2026-07-01", tz="Europe/Berlin")
    berlin = stretch_of(day, NOW)
    assert (berlin.start.isoformat(), berlin.by_hours) == ("2026-06-30T22:00:00+00:00", True)
    assert berlin.hours_of("2026-06-30") == 0b11 << 22
    assert berlin.hours_of("2026-07-01") == (1 << 22) - 1
    for zone in ("Asia/Kolkata", "Asia/Kathmandu"):
        odd = stretch_of(RangeQuery(from_="2026-07-01", to="2026-07-01", tz=zone), NOW)
        assert (odd.first, odd.last, odd.by_hours) == ("2026-06-30", "2026-07-01", False)


def test_a_week_before_a_change_of_clocks_begins_at_midnight_too() -> None:
    week = stretch_of(RangeQuery(from_="2026-10-26", to="2026-11-01", tz="Europe/Berlin"), NOW)
    before = week.previous()
    assert before.start.astimezone(week.place).time() == before.stop.astimezone(week.place).time() == time()
    assert before.stop == week.start
    assert before.stop - before.start == timedelta(days=7, hours=1)
    assert [(piece.stop - piece.start) // timedelta(hours=1) for piece in before.bins("day")] == [24] * 6 + [25]


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]
)


@given(st.datetimes(datetime(2021, 1, 1), datetime(2030, 1, 1)), st.integers(1, 1000), ZONES)  # noqa: DTZ001
def test_a_stretch_holds_what_was_asked_for_and_its_parts_are_all_of_it(start: datetime, hours: int, zone: str) -> None:
    begins = start.replace(tzinfo=UTC)
    ends = begins + timedelta(hours=hours)
    found = stretch_of(RangeQuery(from_=begins.isoformat(), to=ends.isoformat(), tz=zone), NOW)
    assert found.start <= begins < ends <= found.stop
    assert found.stop - found.start <= ends - begins + (timedelta(hours=2) if found.by_hours else timedelta(days=2))
    days = [found.start + timedelta(days=number) for number in range((found.stop - found.start).days + 2)]
    counted = sum(found.hours_of(day.date().isoformat()).bit_count() for day in days)
    assert counted == (found.stop - found.start) // timedelta(hours=1)
    for step in ("hour", "day"):
        pieces = list(found.bins(step))
        assert pieces[0].start == found.start
        assert pieces[-1].stop == found.stop
        assert all(one.stop == two.start for one, two in pairwise(pieces))


def test_a_query_is_read_strictly_but_from_text() -> None:
    query = decode_query({"range": ["7d"], "tz": ["Europe/Berlin"]}, RangeQuery)
    assert (query.range, query.tz) == ("7d", "Europe/Berlin")
    for bad in ({"range": ["7d", "24h"]}, {"range": ["soon"]}, {"other": ["1"]}):
        with pytest.raises(Problem):
            decode_query(bad, RangeQuery)
