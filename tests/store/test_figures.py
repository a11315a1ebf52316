"""Figures: windows put together by each metric's rule, and nothing said where too little is known."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.figures import figure, in_hours, merged
from store.metric_definitions import DEFINITIONS
from store.sketches import ALL_HOURS, PEOPLE_ERROR, QUANTILE_ERROR, mask_of, people
from tests.store.measured import HOURLY, SUMS, cell, day

HOUR = st.integers(0, 23)
BINS = st.integers(0, 9).map(lambda number: [number] * 100)
NAMES = st.sampled_from([f"u:{letter}" for letter in "abcdef"])


@st.composite
def days(draw: st.DrawFn) -> dict[str, Any]:
    there = draw(st.dictionaries(NAMES, st.lists(HOUR, min_size=1, max_size=3), max_size=4))
    filled = st.dictionaries(HOUR, st.integers(0, 1000), max_size=4)
    return day(
        there=there,
        hours={name: draw(filled) for name in draw(st.sets(st.sampled_from(HOURLY), max_size=3))},
        drift=draw(st.lists(st.integers(0, 5000), max_size=5)),
        by={"device": {name: cell(sorted(there), views=draw(st.integers(0, 9))) for name in draw(st.sets(NAMES))}},
        films=draw(
            st.dictionaries(
                st.sampled_from(["v1", "v2"]),
                st.fixed_dictionaries(
                    {
                        "duration_ms": st.none() | st.just(60_000),
                        "views": st.integers(0, 5),
                        "plays": BINS,
                        "people": BINS,
                    }
                ),
                max_size=1,
            )
        ),
        stalls=draw(st.integers(0, 9)),
    )


def value(name: str, values: dict[str, Any]) -> Any:
    return figure(DEFINITIONS[name], values).value


def packed(values: object) -> bytes:
    return msgspec.json.encode(values)


@given(days(), days(), days())
@settings(max_examples=40)
def test_windows_merge_in_any_order(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]) -> None:
    whole = merged([one, two, three])
    assert packed(whole) == packed(merged([merged([one, two]), three])) == packed(merged([three, two, one]))
    assert packed(merged([whole, {}])) == packed(whole)


@given(days(), st.integers(0, ALL_HOURS))
def test_hours_and_the_other_hours_make_the_day(values: dict[str, Any], hours: int) -> None:
    both = merged([in_hours(values, hours), in_hours(values, ALL_HOURS & ~hours)])
    for name in ("watch_time_ms", "views", "chat_messages", "reactions", "unique_viewers", "peak_concurrent_viewers"):
        assert (value(name, both) or 0) == (value(name, merged([values])) or 0)
    assert "sums.stalls" in both["whole"]
    assert "sums.watch_ms" not in both["whole"]


@given(days())
def test_every_metric_is_a_finite_number_or_says_why_not(values: dict[str, Any]) -> None:
    for definition in DEFINITIONS.values():
        found = figure(definition, merged([values]))
        assert (found.value is None) == (found.reason is not None)
        assert found.value is None or (math.isfinite(found.value) and found.n >= definition.minimum_n)


def test_everything_that_is_published_is_told_by_some_metric_or_is_a_part_of_one() -> None:
    whole = day(there={"u:a": [1]}, drift=[1], startup=[1], **dict.fromkeys(SUMS, 200))
    absent = {name for name, definition in DEFINITIONS.items() if figure(definition, whole).reason == "not_computed"}
    assert absent == {"new_viewers", "returning_viewers", "dau", "wau", "mau", "stickiness"}  # kept elsewhere


def test_each_formula_on_numbers_that_a_person_can_follow() -> None:
    values = day(
        there={"u:a": [1], "u:b": [1], "g:c": [2], "u:d": [2]},
        hours={"watch_ms": {1: 3_600_000}, "viewer_ms": {1: 7_200_000}, "live_ms": {1: 3_600_000}, "views": {1: 8}, "chat_messages": {1: 120}, "reactions": {1: 12}, "peak": {1: 3, 2: 4}},
        new_viewers=1,
        percent_sum=4.0, percent_n=8, completed=2, films_n=8, q25=8, q50=6, q75=4, q95=2, attempts=10, failed=1, ebvs=2,
        startup_n=4, startup_score_sum=320.0, stalls=5, stall_ms=400_000, smooth_sum=600.0, smooth_n=8,
        experience_sum=450.0, experience_n=9, synced_ms=1000, in_sync_ms=900, drift_n=100, cowatch_ms=3_600_000,
        invited=8, accepted=6, rejoined=1, joined=4, engaged_views=7,
    )  # fmt: skip
    expected = {
        "watch_time_ms": 3_600_000,
        "views": 8,
        "engaged_views": 7,
        "unique_viewers": 4,
        "new_viewers": 1,
        "returning_viewers": 3,
        "average_view_duration_ms": 450_000,
        "average_percentage_viewed": 0.5,
        "completion_rate": 0.25,
        "completion_25": 1,
        "completion_95": 0.25,
        "peak_concurrent_viewers": 4,
        "average_concurrent_viewers": 2,
        "co_watch_ratio": 0.5,
        "chatter_ratio": 0.25,
        "chat_per_minute": 2,
        "chat_per_viewer_minute": 1,
        "in_sync_ratio": 0.9,
        "startup_score": 80,
        "rebuffer_ratio": 0.1,
        "rebuffer_frequency": 5,
        "smoothness_score": 75,
        "playback_failure_ratio": 0.1,
        "exits_before_start_ratio": 0.2,
        "experience_score": 50,
        "invite_conversion": 0.75,
        "rejoin_rate": 0.25,
        # (0.40 · 0.5 + 0.20 · 0.25 + 0.15 · (1 - 1/e) + 0.15 · 0.5) / 0.90, of 6 reactions an hour of a viewer
        "engagement_score": 100 * (0.2 + 0.05 + 0.15 * (1 - math.exp(-1)) + 0.075) / 0.9,
    }
    assert {name: value(name, values) for name in expected} == pytest.approx(expected)


def test_a_score_shows_its_parts_and_does_without_those_that_are_unknown() -> None:
    values = day(there={"u:a": [1], "u:b": [1]}, hours={"viewer_ms": {1: 1000}}, cowatch_ms=1000)
    found = figure(DEFINITIONS["engagement_score"], values)
    assert found.parts == {"chatter_ratio": 0.5, "reactions_per_viewer_hour": 0, "co_watch_ratio": 1}
    assert found.value == pytest.approx(100 * (0.2 * 0.5 + 0.15) / 0.5)


def test_below_its_minimum_a_figure_is_not_shown() -> None:
    for views, shown in ((4, None), (5, 0.4)):
        found = figure(DEFINITIONS["completion_rate"], day(films_n=views, completed=2))
        assert (found.value, found.n) == (shown, views)
        assert found.reason == (None if shown else "not_enough_data")
    assert figure(DEFINITIONS["views"], {}).reason == "not_enough_data"


def test_what_nobody_has_computed_says_so() -> None:
    found = figure(DEFINITIONS["new_viewers"], day(there={"u:a": [1]}))
    assert (found.value, found.reason) == (None, "not_computed")


def test_an_estimate_says_how_far_it_may_be_off() -> None:
    values = day()
    values["people"]["viewers"] = people((f"u:{number}", 1) for number in range(10_000))
    values["people"]["chatters"] = people((f"u:{number}", 1) for number in range(5_000))
    values["sums"]["sessions"] = 10_000
    unique = figure(DEFINITIONS["unique_viewers"], values)
    assert (unique.approx, unique.rel_error) == (True, PEOPLE_ERROR)
    assert unique.value == pytest.approx(10_000, rel=3 * PEOPLE_ERROR)
    assert figure(DEFINITIONS["chatter_ratio"], values).rel_error == 2 * PEOPLE_ERROR
    drift = figure(DEFINITIONS["drift_p95_ms"], day(drift=range(1, 101)))
    assert (drift.approx, drift.rel_error) == (True, QUANTILE_ERROR)
    assert drift.value == pytest.approx(95, rel=0.01)


def test_a_crowd_that_knows_no_hours_is_said_to_be_of_the_whole_day() -> None:
    values = day(there={"u:a": [1]})
    values["people"]["viewers"] = people((f"u:{number}", 1) for number in range(2_000))
    cut = in_hours(values, mask_of([5]))
    assert figure(DEFINITIONS["unique_viewers"], cut).whole_days
    assert not figure(DEFINITIONS["watch_time_ms"], cut).whole_days


def test_a_party_names_its_peak_itself() -> None:
    values = {**day(there={"u:a": [1]}), "hours": {}, "party": {"max_concurrent": 7}}
    assert value("peak_concurrent_viewers", values) == 7
