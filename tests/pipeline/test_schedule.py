"""When the clock makes a job due."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schedule import DAY, HOUR, LOOK_BACK, Schedule
from pipeline.slots import index_of, start_ms


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize(
    ("schedule", "now", "slot", "following", "words"),
    [
        (Schedule(at="04:30"), "2026-11-23T04:30", "2026-11-23T04:30", "2026-11-24T04:30", "daily at 04:30 UTC"),
        (Schedule(at="04:30"), "2026-11-23T04:29:59", "2026-11-22T04:30", "2026-11-23T04:30", "daily at 04:30 UTC"),
        (Schedule(every=HOUR), "2026-11-23T04:59:59", "2026-11-23T04:00", "2026-11-23T05:00", "hourly"),
        (
            Schedule(every=HOUR, at="00:07"),
            "2026-11-23T00:06",
            "2026-11-22T23:07",
            "2026-11-23T00:07",
            "hourly, 7 minutes past",
        ),
        (Schedule(every=900), "2026-11-23T00:44", "2026-11-23T00:30", "2026-11-23T00:45", "each 15 minutes"),
    ],
)
def test_the_slot_that_is_due_is_the_last_one_before_now(
    schedule: Schedule, now: str, slot: str, following: str, words: str
) -> None:
    assert schedule.slots(at(now)) == [slot]
    assert schedule.next_ms(at(now)) == at(following)
    assert schedule.words() == words


@given(
    st.floats(0, 4e12),
    st.sampled_from([900, HOUR, 6 * HOUR, DAY]),
    st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}"),
)
def test_slots_follow_each_other_without_a_gap_and_name_the_minute_in_which_they_are_due(
    now_ms: float, every: int, time: str
) -> None:
    schedule = Schedule(every=every, at=time, missed="each")
    assert schedule.last_ms(now_ms) <= now_ms < schedule.next_ms(now_ms)
    slots = schedule.slots(now_ms)
    assert len(slots) == LOOK_BACK
    assert start_ms(slots[-1]) == schedule.last_ms(now_ms)
    assert {index_of(later) - index_of(sooner) for sooner, later in pairwise(slots)} == {every // 60}
    assert (start_ms(slots[-1]) - at(f"1970-01-01T{time}")) % (every * 1000) == 0
