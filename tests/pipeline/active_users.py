"""Days on which people were active, for tests."""

import pandas as pd
from hypothesis import strategies as st

from pipeline.aggregations.activity import active_days

TODAY = 20_000

drawn_days = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 90)), max_size=120)
"""(person, days before today)."""


def active(*rows: tuple[str, int]) -> pd.DataFrame:
    """Make active days of (person, days before today)."""
    days = pd.DataFrame([(f"u:{who}", TODAY - ago, 1) for who, ago in rows], columns=["viewer", "day", "views"])
    return active_days(days.astype({"viewer": "str", "day": "int64", "views": "int64"}))
