"""Highlights of a party: moments at which its people said and reacted far more than they did just before and after.

    z(b) = (x_b - med) / (1.4826 MAD + ε)

x_b is what was said and sent in the 10 s bin b, per viewer who was there. med and MAD are the median and the median
absolute deviation of the 31 bins around b (5 min), shifted at the ends of the party so that they are always that many.
Bins in which nobody was there do not exist. A bin is a highlight with z ≥ 3 and at least three different people.

ε. Most bins of most parties are silent: median and MAD are 0, and without ε a single message would be infinitely
remarkable. So ε does two things. It makes the noise at least that of chance: voices that come independently at a mean
of m a bin vary by √m (Poisson), where m is the median count, or, where most bins are silent and the median tells
nothing, -ln(share of silent bins among the others). Four thirds of that, so that z ≥ 3 lies at four deviations: at three, every second
hour would have a false one. And it adds one voice, so that in full silence it takes three voices, soon more:

    ε = (1 + max(0, 4/3 √m - 1.4826 MAD·viewers)) / viewers

How well that finds what is planted, and how often it finds what is not there: `benchmarks/highlights.py`.

People react late: what they react to lies 5 s before (`LAG_MS`), so each highlight is moved back by that.
"""

from typing import Any

import numpy as np
import pandas as pd

BIN_MS = 10_000
WINDOW = 31
"""Bins of the rolling median: 5 min, one more so that it has a middle."""
THRESHOLD = 3.0
FEWEST_PEOPLE = 3
LAG_MS = 5_000
GAP_MS = 20_000
"""Highlights with less than this between them are one."""
_TO_SIGMA = 1.4826
_OF_CHANCE = 4 / 3


def highlights(voices: pd.DataFrame, presence: pd.DataFrame) -> list[dict[str, Any]]:
    """Find the highlights of one party, in order of time.

    `voices` (`at`, `viewer`, `kind`, `position_ms`; times in ms) are its chat messages and reactions, `presence`
    (`start`, `end`) its intervals of presence. Each highlight has `start_ms`, `end_ms`, `at_ms` (the peak), `score`
    (z of the peak), `people`, `kind` (`chat` or `reaction`, whichever were more) and `position_ms` in the video at the
    peak, None where no voice tells it.
    """
    said = voices.assign(bin=voices["at"] // BIN_MS)
    bins, viewers = _bins(said["bin"].to_numpy("int64"), presence)
    if not len(bins):
        return []
    by_bin = said.groupby("bin")
    counts = by_bin.size().reindex(bins, fill_value=0).to_numpy("float64")
    people = by_bin["viewer"].nunique().reindex(bins, fill_value=0).to_numpy("int64")
    z = scores(counts, viewers)
    found = np.flatnonzero((z >= THRESHOLD) & (people >= FEWEST_PEOPLE))
    return [_told(said, bins[part], z[part]) for part in _runs(found, bins)]


def scores(counts: np.ndarray, viewers: np.ndarray) -> np.ndarray:
    """Compute z of each bin from its voices and the viewers who were there."""
    per_viewer = counts / viewers
    near = _windows(per_viewer)
    median = np.median(near, axis=1)
    deviation = _TO_SIGMA * np.median(np.abs(near - median[:, None]), axis=1)
    silent = ((near == 0).sum(axis=1) - (counts == 0)) / max(1, near.shape[1] - 1)
    pace = np.where(median == 0, -np.log(silent.clip(min=0.5)), median * viewers)
    chance = np.maximum(0.0, _OF_CHANCE * np.sqrt(pace) - deviation * viewers)
    z: np.ndarray = (per_viewer - median) / (deviation + (1.0 + chance) / viewers)
    return z


def _bins(said: np.ndarray, presence: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give the numbers of the bins in which somebody was there or spoke, with their mean number of viewers, at least one."""
    starts, ends = (np.sort(presence[name].to_numpy("int64")) for name in ("start", "end"))
    marks = np.concatenate([said, starts // BIN_MS, ends // BIN_MS])
    if not len(marks):
        return marks, np.zeros(0)
    numbers = np.arange(marks.min(), marks.max() + 1)
    edges = np.append(numbers, numbers[-1] + 1) * BIN_MS
    viewers = np.diff(_passed(starts, edges) - _passed(ends, edges)) / BIN_MS
    held = (viewers > 0) | np.isin(numbers, said)
    return numbers[held], np.maximum(1.0, viewers[held])


def _passed(marks: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum, for each of `edges`, the time since each of the sorted `marks` before it."""
    before = np.searchsorted(marks, edges)
    since: np.ndarray = before * edges - np.concatenate([[0], np.cumsum(marks)])[before]
    return since


def _windows(values: np.ndarray) -> np.ndarray:
    """Take for each value the `WINDOW` values around it, all of them where there are fewer."""
    width = min(WINDOW, len(values))
    views = np.lib.stride_tricks.sliding_window_view(values, width)
    first = np.clip(np.arange(len(values)) - width // 2, 0, len(views) - 1)
    taken: np.ndarray = views[first]
    return taken


def _runs(found: np.ndarray, bins: np.ndarray) -> list[np.ndarray]:
    """Put bins together with less than `GAP_MS` between them."""
    if not len(found):
        return []
    breaks = np.flatnonzero((np.diff(bins[found]) - 1) * BIN_MS >= GAP_MS) + 1
    return np.split(found, breaks)


def _told(said: pd.DataFrame, bins: np.ndarray, z: np.ndarray) -> dict[str, Any]:
    inside = said[(said["bin"] >= bins[0]) & (said["bin"] <= bins[-1])]
    best = bins[int(np.argmax(z))]
    positions = inside.loc[inside["bin"] == best, "position_ms"].dropna()
    reactions = int((inside["kind"] == "reaction").sum())
    return {
        "start_ms": int(bins[0]) * BIN_MS - LAG_MS,
        "end_ms": int(bins[-1] + 1) * BIN_MS - LAG_MS,
        "at_ms": int(best) * BIN_MS + BIN_MS // 2 - LAG_MS,
        "score": round(float(z.max()), 2),
        "people": int(inside["viewer"].nunique()),
        "kind": "reaction" if 2 * reactions >= len(inside) else "chat",
        "position_ms": max(0, int(positions.median()) - LAG_MS) if len(positions) else None,
    }
