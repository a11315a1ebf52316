"""Activity: which users were active on which day, and how many in 1, 7 and 28 days.

A user is active on a day (UTC) on which a view of theirs began. Days are numbers since 1970-01-01.

Everything is computed for a whole range of days in one pass. A user who was active on d counts in the window of 28 days
of each of d … d + 27, up to the day before the next one on which they were active, where that one counts instead: so a
sum of differences counts each person once in each window.
"""

import numpy as np
import pandas as pd

WEEK, MONTH = 7, 28
"""28 days and not a calendar month, so that each weekday is in it four times."""
COLUMNS = ["viewer", "day"]


def active_days(days: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each user and day with a view, columns `COLUMNS`, sorted, of user days (`viewer`, `day`, `views`)."""
    return days.loc[days["views"] > 0, COLUMNS].drop_duplicates().sort_values(COLUMNS, ignore_index=True)


def counts(active: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Count for each day of `first` … `last`: `dau`, `wau`, `mau` and `stickiness`, by `day`.

    `stickiness` is the mean of DAU over the 28 days that end with the day, divided by MAU: the share of the month's users
    whom a typical day sees. It is NaN where there are fewer than 28 days since anybody was first active, or no MAU.
    """
    days = pd.RangeIndex(first, last + 1, name="day")
    before = first - MONTH + 1
    dau = within(active, 1, before, last)
    mau = within(active, MONTH, first, last)
    mean = np.convolve(dau, np.ones(MONTH), mode="valid") / MONTH
    old = days.to_numpy() >= (active["day"].min() if len(active) else last + 1) + MONTH - 1
    stickiness = np.divide(mean, mau, out=np.full(len(days), np.nan), where=old & (mau > 0))
    return pd.DataFrame(
        {"dau": dau[MONTH - 1 :], "wau": within(active, WEEK, first, last), "mau": mau, "stickiness": stickiness},
        index=days,
    )


def within(active: pd.DataFrame, length: int, first: int, last: int) -> np.ndarray:
    """Count, for each day of `first` … `last`, the users who were active in the `length` days that end with it."""
    rows = active.sort_values(COLUMNS)
    day = rows["day"].to_numpy("int64")
    following = rows.groupby("viewer", sort=False)["day"].shift(-1)
    until = np.minimum(day + length, following.fillna(np.iinfo("int64").max // 2).to_numpy("int64"))
    begins = np.clip(day - first, 0, last - first + 1)
    ends = np.clip(until - first, 0, last - first + 1)
    change = np.bincount(begins, minlength=last - first + 2) - np.bincount(ends, minlength=last - first + 2)
    count: np.ndarray = np.cumsum(change)[:-1].astype("int64")
    return count


def histogram(active: pd.DataFrame, day: int) -> list[int]:
    """Count the users of the 28 days up to `day` by the number of days on which they were active: 1, 2, … 28."""
    inside = active[(active["day"] > day - MONTH) & (active["day"] <= day)]
    days = inside.groupby("viewer")["day"].nunique().to_numpy("int64")
    return [int(count) for count in np.bincount(days, minlength=MONTH + 1)[1:]]
