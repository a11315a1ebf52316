"""Who was active: counted by hand, and against plain sets."""

import pandas as pd
import pytest
from hypothesis import given, settings

from pipeline.aggregations.activity import MONTH, active_days, counts, histogram, within
from tests.pipeline.active_users import TODAY, active, drawn_days


def test_a_user_is_active_once_on_each_day_with_a_view() -> None:
    rows = [("u:ann", 6, 1), ("u:ann", 5, 1), ("u:ann", 5, 2), ("u:ben", 5, 0)]
    found = active_days(pd.DataFrame(rows, columns=["viewer", "day", "views"]))
    assert list(found.itertuples(index=False, name=None)) == [("u:ann", 5), ("u:ann", 6)]


def test_three_people_in_a_day_a_week_and_a_month() -> None:
    found = counts(active(("ann", 0), ("ann", 3), ("ben", 6), ("cem", 27), ("cem", 28)), TODAY - 1, TODAY)
    assert found.loc[TODAY].to_dict() == {"dau": 1, "wau": 2, "mau": 3, "stickiness": pytest.approx(4 / 28 / 3)}
    assert found.loc[TODAY - 1, ["dau", "wau", "mau"]].to_list() == [0, 2, 3]


def test_stickiness_waits_for_a_whole_month() -> None:
    found = counts(active(("ann", 27), ("ann", 1)), TODAY - 1, TODAY)
    assert pd.isna(found.loc[TODAY - 1, "stickiness"])
    assert found.loc[TODAY, "stickiness"] == pytest.approx(2 / 28)
    assert counts(active(), TODAY - 1, TODAY)["stickiness"].isna().all()


def test_who_was_there_every_day_is_in_the_last_column_of_the_histogram() -> None:
    found = histogram(active(*(("ann", ago) for ago in range(40)), ("ben", 3), ("cem", 28)), TODAY)
    assert found == [1] + [0] * 26 + [1]


@settings(max_examples=60, deadline=None)
@given(drawn_days)
def test_windows_are_unions_of_their_days(drawn: list[tuple[str, int]]) -> None:
    made = active(*drawn)
    sets = {day: {who for who, ago in drawn if TODAY - ago == day} for day in range(TODAY - 140, TODAY + 1)}
    for length in (1, 7, MONTH):
        expected = [
            len(set().union(*(sets[day - back] for back in range(length)))) for day in range(TODAY - 100, TODAY + 1)
        ]
        assert within(made, length, TODAY - 100, TODAY).tolist() == expected
    found = counts(made, TODAY - 5, TODAY)
    assert ((found["dau"] <= found["wau"]) & (found["wau"] <= found["mau"])).all()
    assert found["stickiness"].dropna().between(0, 1).all()
    bars = histogram(made, TODAY)
    assert sum(bars) == found.loc[TODAY, "mau"]
    assert sum((place + 1) * bar for place, bar in enumerate(bars)) == sum(within(made, 1, TODAY - 27, TODAY))
