"""User days: what each user saw on each day (UTC) with each client; all that is told of users is made of it.

Guests are not in it: a guest is a new one in each party, so that they would never come back and be many people in one.
Days are numbers since 1970-01-01.
"""

import pandas as pd

from pipeline.slots import DAY_MS

KEYS = ["viewer", "day", "client"]
SUMS = ["attempts", "views", "watched", "failed", "startup_ms", "startups", "experience", "experiences"]
NEEDED = ("viewer", "at", "client", "is_view", "watched", "failed", "startup_ms", "experience")
"""Columns of the table `views`."""
UNKNOWN = "unknown"


def user_days(views: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each user, day and client, columns `KEYS` and `SUMS`, sorted. `views` has the columns `NEEDED`."""
    viewer = views["viewer"].astype("string")
    rows = views[viewer.str.startswith("u:").fillna(value=False).to_numpy(dtype=bool)]
    startup, experience = (rows[name].astype("float64") for name in ("startup_ms", "experience"))
    each = pd.DataFrame(
        {
            "viewer": rows["viewer"].astype("str"),
            "day": rows["at"].astype("int64") // DAY_MS,
            "client": rows["client"].astype("string").fillna(UNKNOWN).astype("str"),
            "attempts": 1,
            "views": rows["is_view"].astype("int64"),
            "watched": rows["watched"].astype("int64"),
            "failed": rows["failed"].astype("int64"),
            "startup_ms": startup.fillna(0.0),
            "startups": startup.notna().astype("int64"),
            "experience": experience.fillna(0.0),
            "experiences": experience.notna().astype("int64"),
        }
    )
    return each.groupby(KEYS, sort=True, as_index=False)[SUMS].sum()


def united(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Add up the user days of several homes."""
    whole = pd.concat(parts, ignore_index=True) if parts else _NONE
    return whole.groupby(KEYS, sort=True, as_index=False)[SUMS].sum()


_NONE = pd.DataFrame(
    {
        **{name: pd.Series(dtype="str") for name in KEYS},
        "day": pd.Series(dtype="int64"),
        **{name: pd.Series(dtype="float64" if name in {"startup_ms", "experience"} else "int64") for name in SUMS},
    }
)
