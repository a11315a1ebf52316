"""What each user saw on each day."""

import pandas as pd

from pipeline.aggregations.user_days import NEEDED, UNKNOWN, united, user_days
from pipeline.slots import DAY_MS

VIEWS = pd.DataFrame(
    [
        ("u:ann", 5 * DAY_MS, "web", True, 10_000, False, 400, 90.0),
        ("u:ann", 6 * DAY_MS - 1, "web", False, 0, True, None, 0.0),
        ("u:ann", 6 * DAY_MS, None, True, 5_000, False, 800, None),
        ("g:cem", 5 * DAY_MS, "web", True, 9_000, False, 300, 80.0),
        (None, 5 * DAY_MS, "web", True, 9_000, False, 300, 80.0),
    ],
    columns=list(NEEDED),
).astype({"startup_ms": "Int64", "viewer": "object", "client": "object"})


def test_a_row_for_each_user_and_day_and_guests_are_left_out() -> None:
    assert user_days(VIEWS).to_dict("records") == [
        {
            "viewer": "u:ann",
            "day": 5,
            "client": "web",
            "attempts": 2,
            "views": 1,
            "watched": 10_000,
            "failed": 1,
            "startup_ms": 400.0,
            "startups": 1,
            "experience": 90.0,
            "experiences": 2,
        },
        {
            "viewer": "u:ann",
            "day": 6,
            "client": UNKNOWN,
            "attempts": 1,
            "views": 1,
            "watched": 5_000,
            "failed": 0,
            "startup_ms": 800.0,
            "startups": 1,
            "experience": 0.0,
            "experiences": 0,
        },
    ]


def test_homes_are_added_up_and_none_is_no_fault() -> None:
    parts = [user_days(VIEWS.iloc[:1]), user_days(VIEWS.iloc[1:])]
    pd.testing.assert_frame_equal(united(parts), user_days(VIEWS))
    assert user_days(VIEWS.iloc[3:]).empty
    assert united([]).dtypes.to_dict() == united(parts).dtypes.to_dict()
