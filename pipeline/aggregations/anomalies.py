"""Anomalies: figures of a day that are far from what the same weekday was lately.

    z = (value - median) / (1.4826 MAD + ε)

over the same weekday of the twelve weeks before, at least eight of which must be known. ε is a twentieth of the median, so
that a figure that hardly ever moves is not unusual for moving a little; of a count √median if that is more, which is what
chance does to a count; of a ratio at least half a per cent. A steady growth widens the MAD as it moves the median, so it is
no anomaly by itself.

|z| ≥ 3.5 is listed (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993). Of figures in which nothing
happens that is one in fifty at most, far fewer of most kinds; `tests/pipeline/aggregations/test_anomalies.py` counts, and
how many of those that treble are found.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

WEEK = 7
WEEKS = 12
FEWEST_WEEKS = 8
THRESHOLD = 3.5
LARGEST = 1_000.0
"""z of what was never anything else, and now is."""
_TO_SIGMA = 1.4826
_STEADY = 0.05
_LEAST = 0.005

Kind = Literal["count", "ratio", "other"]


def anomalies(daily: pd.DataFrame, day: int, kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """List the figures of `day` that are unusual, the most unusual first.

    `daily` has a column for each figure and a row for each day (its index, a number since 1970); NaN is not known.
    `kinds` tells what the columns are. Each anomaly has `metric`, `value`, `typical` (the median), `change` (in
    parts of it; None where that is 0), `direction` (`up`, `down`), `z` and `n`, the weeks that it was compared with.
    """
    if day not in daily.index:
        return []
    before = daily.reindex([day - WEEK * back for back in range(1, WEEKS + 1)])
    found = []
    for metric in daily.columns:
        value, known = float(daily.loc[day, metric]), before[metric].dropna().to_numpy("float64")
        if np.isnan(value) or len(known) < FEWEST_WEEKS:
            continue
        typical = float(np.median(known))
        z = score(value, known, kinds[str(metric)])
        if abs(z) >= THRESHOLD:
            found.append(
                {
                    "metric": str(metric),
                    "value": value,
                    "typical": typical,
                    "change": (value - typical) / abs(typical) if typical else None,
                    "direction": "up" if z > 0 else "down",
                    "z": round(z, 2),
                    "n": len(known),
                }
            )
    return sorted(found, key=lambda one: (-abs(one["z"]), one["metric"]))


def score(value: float, known: np.ndarray, kind: Kind) -> float:
    """Compute z of a value."""
    typical = float(np.median(known))
    deviation = _TO_SIGMA * float(np.median(np.abs(known - typical)))
    least = {"count": max(1.0, typical) ** 0.5, "ratio": _LEAST, "other": 0.0}[kind]
    width = deviation + max(_STEADY * abs(typical), least)
    z = (value - typical) / width if width else np.sign(value - typical) * LARGEST
    return float(np.clip(z, -LARGEST, LARGEST))
