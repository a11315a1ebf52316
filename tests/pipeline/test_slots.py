import pytest

from pipeline.slots import SLOT_MS, day_of, day_start_ms, days_between, index_of, slot_at, slot_of, start_ms


def test_a_slot_is_named_by_its_minute_and_begins_with_it() -> None:
    at = 1_795_444_139_999
    slot = slot_of(at)
    assert slot == "2026-11-23T14:28"
    assert start_ms(slot) <= at < start_ms(slot) + SLOT_MS
    assert slot_at(index_of(slot)) == slot
    assert slot_of(start_ms(slot) + SLOT_MS) == "2026-11-23T14:29"


def test_days_are_those_of_utc() -> None:
    midnight = day_start_ms("2026-11-24")
    assert (day_of(midnight - 1), day_of(midnight)) == ("2026-11-23", "2026-11-24")
    assert list(days_between(midnight - 1, midnight + 1)) == ["2026-11-23", "2026-11-24"]
    assert list(days_between(midnight - 1, midnight)) == ["2026-11-23"], "the end is outside"
    assert list(days_between(midnight, midnight)) == ["2026-11-24"]


def test_what_is_no_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="does not match format"):
        start_ms("yesterday")
