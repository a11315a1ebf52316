"""Pure readers: Range, Content-Range, dashboards' ranges, names, bodies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.decoding import decode_body, decode_query
from api.problems import Problem
from api.schemas.dashboards import RangeQuery
from api.schemas.parties import NewParty
from api.services.content_range import parse_piece, parse_range
from api.services.ranges import days_of
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


def test_a_range_covers_whole_days_of_utc() -> None:
    week = days_of(RangeQuery(range="7d"), NOW)
    assert (week.first, week.last) == ("2026-11-16", "2026-11-23")
    assert week.previous().last == "2026-11-15"
    assert week.previous().stop - week.previous().start == week.stop - week.start
    berlin = days_of(RangeQuery(from_="2026-11-23", to="2026-11-23", tz="UTC"), NOW)
    assert (berlin.first, berlin.last) == ("2026-11-23", "2026-11-23")
    exact = days_of(RangeQuery(from_="2026-11-20T10:00:00Z", to="2026-11-21T00:00:00+00:00"), NOW)
    assert (exact.first, exact.last) == ("2026-11-20", "2026-11-20")


@given(st.datetimes(datetime(2021, 1, 1), datetime(2030, 1, 1)), st.integers(1, 1000))  # noqa: DTZ001
def test_the_days_always_hold_what_was_asked_for(start: datetime, hours: int) -> None:
    begins = start.replace(tzinfo=UTC)
    ends = begins + timedelta(hours=hours)
    days = days_of(RangeQuery(from_=begins.isoformat(), to=ends.isoformat()), NOW)
    assert days.start <= begins < ends <= days.stop
    assert days.stop - days.start <= ends - begins + timedelta(days=2)


def test_a_query_is_read_strictly_but_from_text() -> None:
    query = decode_query({"range": ["7d"], "tz": ["Europe/Berlin"]}, RangeQuery)
    assert (query.range, query.tz) == ("7d", "Europe/Berlin")
    for bad in ({"range": ["7d", "24h"]}, {"range": ["soon"]}, {"other": ["1"]}):
        with pytest.raises(Problem):
            decode_query(bad, RangeQuery)
