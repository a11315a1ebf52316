from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from conf.clock import to_ms, utc


def test_moments_are_of_whole_milliseconds_as_the_database_keeps_them() -> None:
    assert utc(1_795_448_808_075.9) == datetime(2026, 11, 23, 15, 46, 48, 75_000, UTC)


@given(st.integers(0, 4_102_444_800_000))
def test_whole_milliseconds_survive_the_way_there_and_back(moment_ms: int) -> None:
    assert to_ms(utc(moment_ms)) == moment_ms
