"""Reading out a comparison of two groups of people, such as those on two releases of a client.

The unit is the person, not the view: the views of one person resemble each other, and counting them as if they were
different people's finds differences in nothing. So a person's views become one number first, their mean, and who is in
both groups is in neither.

* The difference of two means has Welch's interval: variances may differ, degrees of freedom by Welch and Satterthwaite.
* The difference of two proportions has Newcombe's interval (his method 10, from two Wilson intervals), which holds for
  proportions near 0 and 1, where failures are.

There is no verdict below `FEWEST` people a group, nor while the interval contains 0. One verdict in twenty comparisons of
equal groups is wrong, that is what 95 % says: who looks at ten figures, or each day until one shows, finds one. And people
who chose their group, as with releases, may differ by more than it: a difference is shown, not its cause.

Sources: B. L. Welch, Biometrika 34 (1947); R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890; quantiles of
Student's t by the expansion 26.7.5 of Abramowitz and Stegun.
"""

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

LEVEL = 0.95
FEWEST = 50
"""People a group. Watch times are so skewed that Welch's interval keeps its word only from about here on."""
COLUMNS = ["viewer", "group", "value"]


def compare_means(rows: pd.DataFrame, a: str, b: str, *, level: float = LEVEL) -> dict[str, Any]:
    """Compare the mean `value` of the people of group `b` with that of group `a`.

    `rows` has any number of rows a person: `viewer`, `group`, `value`; rows without any of them do not count. Returns `a`
    and `b` (`value`, `n` people), `people_in_both`, `difference` (b - a) with its interval `low` … `high`, `verdict`
    (`higher` or `lower`, told of b) or None with the `reason`: `not_enough_data` or `no_difference_shown`.
    """
    first, second, both = _people(rows, a, b)
    found = _groups(first, second, both)
    if min(len(first), len(second)) < FEWEST:
        return found | _nothing()
    variances = np.array([first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)])
    error = float(np.sqrt(variances.sum()))
    parts = variances / variances.sum() if error else np.array([0.5, 0.5])
    freedom = float(1 / (parts**2 / [len(first) - 1, len(second) - 1]).sum())
    difference = float(second.mean() - first.mean())
    reach = student(0.5 + level / 2, freedom) * error
    return found | _verdict(difference, difference - reach, difference + reach)


def compare_proportions(rows: pd.DataFrame, a: str, b: str, *, level: float = LEVEL) -> dict[str, Any]:
    """Compare which part of the people of each group had a true `value` in any of their rows; else as `compare_means`."""
    first, second, both = _people(rows.assign(value=rows["value"].astype("float64") > 0), a, b)
    first, second = (first > 0).astype("float64"), (second > 0).astype("float64")
    found = _groups(first, second, both)
    if min(len(first), len(second)) < FEWEST:
        return found | _nothing()
    p, q = float(first.mean()), float(second.mean())
    p_low, p_high = wilson(p, len(first), level)
    q_low, q_high = wilson(q, len(second), level)
    difference = q - p
    low = difference - float(np.hypot(q - q_low, p_high - p))
    high = difference + float(np.hypot(q_high - q, p - p_low))
    return found | _verdict(difference, low, high)


def wilson(share: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Give Wilson's interval of a share seen in n."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    middle = share + z * z / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return float(max(0.0, (middle - reach) / whole)), float(min(1.0, (middle + reach) / whole))


def student(probability: float, freedom: float) -> float:
    """Give a quantile of Student's t; right to four digits from 10 degrees of freedom on."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + float(sum(term / freedom ** (place + 1) for place, term in enumerate(terms)))


def _people(rows: pd.DataFrame, a: str, b: str) -> tuple[pd.Series, pd.Series, int]:
    """Make one number of each person of the two groups; tell how many were in both."""
    known = rows[rows["group"].isin([a, b])].dropna(subset=COLUMNS)
    known = known.assign(value=known["value"].astype("float64"))
    means = known.groupby(["viewer", "group"], observed=True)["value"].mean().reset_index()
    twice = means.duplicated("viewer", keep=False)
    alone = means[~twice]
    return alone.loc[alone["group"] == a, "value"], alone.loc[alone["group"] == b, "value"], int(twice.sum()) // 2


def _groups(first: pd.Series, second: pd.Series, both: int) -> dict[str, Any]:
    def told(people: pd.Series) -> dict[str, Any]:
        return {"value": float(people.mean()) if len(people) >= FEWEST else None, "n": len(people)}

    return {"a": told(first), "b": told(second), "people_in_both": both}


def _nothing() -> dict[str, Any]:
    return {"difference": None, "low": None, "high": None, "verdict": None, "reason": "not_enough_data"}


def _verdict(difference: float, low: float, high: float) -> dict[str, Any]:
    told: dict[str, Any] = {"difference": difference, "low": low, "high": high, "verdict": None, "reason": None}
    if low <= 0 <= high:
        return told | {"reason": "no_difference_shown"}
    return told | {"verdict": "higher" if low > 0 else "lower"}
