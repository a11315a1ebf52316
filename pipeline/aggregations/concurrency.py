"""Concurrent viewers: C(t) = |{s: start_s ≤ t < end_s}|, by one sweep over the sessions of one scope.

A peak is not the maximum or the sum of its parts' peaks, so each scope (a party, a host's day) sweeps its own sessions.
"""

import numpy as np
import pandas as pd

_BINS_MS = (1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000)


def sweep(starts: np.ndarray, ends: np.ndarray) -> pd.DataFrame:
    """Make the step function: from each `at` (ms) on there are `viewers`, until the next row. Empty intervals count for none."""
    held = ends > starts
    at = np.concatenate([starts[held], ends[held]])
    change = np.concatenate([np.ones(held.sum(), dtype="int64"), -np.ones(held.sum(), dtype="int64")])
    steps = pd.DataFrame({"at": at, "change": change}).groupby("at", sort=True)["change"].sum().cumsum()
    curve = steps.rename("viewers").reset_index()
    return curve[curve["viewers"].ne(curve["viewers"].shift())].astype("int64").reset_index(drop=True)


def peak(curve: pd.DataFrame) -> int:
    """Take the highest level."""
    return int(curve["viewers"].max()) if len(curve) else 0


def viewer_ms(curve: pd.DataFrame) -> int:
    """Integrate: the time that all viewers together were there, in ms."""
    if curve.empty:
        return 0
    lengths = np.diff(curve["at"].to_numpy())
    return int((lengths * curve["viewers"].to_numpy()[:-1]).sum())


def measure_ms(starts: np.ndarray, ends: np.ndarray) -> int:
    """Length of the union of the intervals, in ms."""
    curve = sweep(starts, ends)
    return viewer_ms(curve.assign(viewers=curve["viewers"].clip(upper=1)))


def points(curve: pd.DataFrame, limit: int = 1000) -> list[list[int]]:
    """Draw the curve with at most `limit` points: each step, else the highest level of each bin of a round width."""
    if len(curve) <= limit:
        return [[int(at), int(viewers)] for at, viewers in zip(curve["at"], curve["viewers"], strict=True)]
    first, last = int(curve["at"].iloc[0]), int(curve["at"].iloc[-1])
    width = next((width for width in _BINS_MS if (last - first) / width < limit - 1), _BINS_MS[-1])
    at = np.arange(first // width, last // width + 1) * width
    inside = curve.groupby(curve["at"] // width)["viewers"].max().reindex(at // width, fill_value=0).to_numpy()
    place = np.searchsorted(curve["at"].to_numpy(), at, side="right") - 1
    entering = np.where(place >= 0, curve["viewers"].to_numpy()[np.maximum(place, 0)], 0)
    return [[int(moment), int(level)] for moment, level in zip(at, np.maximum(inside, entering), strict=True)]
