"""Key moments of a video: how the start holds people, where they go back to, what they skip, where nobody leaves.

All from absolute retention R(b) = plays of bin b / views, in 100 bins.

A bin is a spike or a dip when it lies further from the rolling median of 21 bins than 3 MAD, the median absolute
deviation of all bins from theirs. Three deviations in units of the MAD are only two standard deviations, which four bins
of a hundred exceed by chance; so the distance must also exceed four times what chance gives to a mean of that many
views, √(R/views). Ends are mirrored through their first and last point, so that a curve that just falls has no moment.

A stretch is flat where the line through five bins of the rolling median falls by less than 0.1 % of the views a bin.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

BINS = 100
WINDOW = 21
DEVIATIONS = 3.0
OF_CHANCE = 4.0
FEWEST_VIEWS = 20
"""Below, one person who goes back twice is a moment."""
INTRO_MS = 30_000
FLAT_BINS = 5
FLAT_SLOPE = -0.001


def key_moments(plays: Sequence[int], views: int, duration_ms: int) -> dict[str, Any] | None:
    """Find the key moments of a video of `duration_ms`; None below `FEWEST_VIEWS`.

    `intro` is {`at_ms`, `retention`} at 30 s, None for a shorter video. `spikes` and `dips` are lists of {`start_ms`,
    `end_ms`, `at_ms` (the middle of its furthest bin), `retention`, `typical` (the rolling median there)}, `flat` of
    {`start_ms`, `end_ms`}.
    """
    if views < FEWEST_VIEWS or duration_ms <= 0:
        return None
    retention = np.asarray(plays, dtype="float64") / views
    typical = rolling_median(retention)
    away = retention - typical
    least = np.maximum(
        DEVIATIONS * np.median(np.abs(away)),
        OF_CHANCE * np.sqrt(np.maximum(typical, 1 / views) / views),
    )
    bin_ms = duration_ms / BINS

    def moments(which: np.ndarray) -> list[dict[str, Any]]:
        return [_moment(first, last, retention, typical, bin_ms) for first, last in _runs(which)]

    return {
        "intro": _intro(retention, duration_ms),
        "spikes": moments(away > least),
        "dips": moments(-away > least),
        "flat": [_span(first, last, bin_ms) for first, last in _runs(_flat(typical))],
    }


def rolling_median(values: np.ndarray) -> np.ndarray:
    """Take the median of the `WINDOW` values around each, the ends continued by their mirror through the end point."""
    half = WINDOW // 2
    before = 2 * values[0] - values[half:0:-1]
    after = 2 * values[-1] - values[-2 : -half - 2 : -1]
    near = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values, after]), WINDOW)
    median: np.ndarray = np.median(near, axis=1)
    return median


def _flat(typical: np.ndarray) -> np.ndarray:
    """Mark the bins that lie in a stretch of `FLAT_BINS` whose line falls by less than `FLAT_SLOPE` a bin."""
    steps = np.arange(FLAT_BINS) - FLAT_BINS // 2
    near = np.lib.stride_tricks.sliding_window_view(typical, FLAT_BINS)
    level = near @ steps / (steps @ steps) > FLAT_SLOPE
    marked = np.zeros(len(typical), dtype=bool)
    for shift in range(FLAT_BINS):
        marked[shift : shift + len(level)] |= level
    return marked


def _intro(retention: np.ndarray, duration_ms: int) -> dict[str, Any] | None:
    if duration_ms <= INTRO_MS:
        return None
    return {"at_ms": INTRO_MS, "retention": float(retention[INTRO_MS * BINS // duration_ms])}


def _runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """List the runs of marked bins as (first, last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype("int8")))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _span(first: int, last: int, bin_ms: float) -> dict[str, Any]:
    return {"start_ms": round(first * bin_ms), "end_ms": round((last + 1) * bin_ms)}


def _moment(first: int, last: int, retention: np.ndarray, typical: np.ndarray, bin_ms: float) -> dict[str, Any]:
    furthest = first + int(np.argmax(np.abs(retention - typical)[first : last + 1]))
    return _span(first, last, bin_ms) | {
        "at_ms": round((furthest + 0.5) * bin_ms),
        "retention": float(retention[furthest]),
        "typical": float(typical[furthest]),
    }
