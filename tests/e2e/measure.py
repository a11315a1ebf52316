"""Drift between players, out of what each showed when. Pure; times are the machine's wall clock in ms, positions media ms.

Theory. A browser says of each frame which one it was (`mediaTime`) and when it was put on the screen (`presentationTime`).
Between two frames that follow one another the film moved evenly, so where a player was at any moment is interpolated from
the frames around it, never extrapolated. Two players are compared at the same moments, every 10 ms of the windows in
which both should be in step. Frames go out at the screen's refreshes, so a single reading is off by up to one refresh
(17 ms) in either direction: the measure errs on the side of more drift, not less.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct

STEP_MS = 10.0
LONGEST_GAP_MS = 150.0
"""Frames further apart than this (five of 30 a second) say nothing about what was between them."""
LONGEST_LEAP_MS = 400.0

Reading = tuple[float, float]
"""(wall clock ms, media ms)"""
Window = tuple[float, float]


class Summary(Struct, frozen=True):
    """What a list of drifts comes to; all in ms, of their sizes."""

    n: int
    p50: float
    p95: float
    p99: float
    worst: float

    def __str__(self) -> str:
        return f"p50 {self.p50:5.1f}  p95 {self.p95:5.1f}  p99 {self.p99:5.1f}  max {self.worst:5.1f} ms  (n={self.n})"


def position_at(readings: Sequence[Reading], at_ms: float) -> float | None:
    """Interpolate where a player was; None where it showed too little around that moment."""
    after = bisect_right(readings, at_ms, key=lambda reading: reading[0])
    if after in {0, len(readings)}:
        return None
    (t0, p0), (t1, p1) = readings[after - 1], readings[after]
    if t1 - t0 > LONGEST_GAP_MS or not 0 <= p1 - p0 <= LONGEST_LEAP_MS:
        return None
    return p0 + (p1 - p0) * (at_ms - t0) / (t1 - t0)


def drifts(first: Sequence[Reading], second: Sequence[Reading], windows: Sequence[Window]) -> list[float]:
    """Give first minus second at each moment of the windows at which both are known."""
    found = []
    for begins, ends in windows:
        for step in range(int((ends - begins) / STEP_MS)):
            at_ms = begins + step * STEP_MS
            one, other = position_at(first, at_ms), position_at(second, at_ms)
            if one is not None and other is not None:
                found.append(one - other)
    return found


def between_all(players: dict[str, Sequence[Reading]], windows: Sequence[Window]) -> dict[str, list[float]]:
    """Give the drifts of every pair, by `a - b`."""
    return {f"{a} - {b}": drifts(players[a], players[b], windows) for a, b in combinations(players, 2)}


def summary(values: Sequence[float]) -> Summary:
    """Sum up; nearest-rank percentiles of the sizes. Raises ValueError where there is nothing to sum up."""
    if not values:
        raise ValueError("no moment at which both players were known")
    sizes = sorted(abs(value) for value in values)

    def rank(percent: float) -> float:
        return sizes[min(len(sizes) - 1, int(len(sizes) * percent / 100))]

    return Summary(n=len(sizes), p50=rank(50), p95=rank(95), p99=rank(99), worst=sizes[-1])


def coverage(values: Sequence[float], windows: Sequence[Window]) -> float:
    """Share of the windows' moments that could be compared at all: a frozen player must not pass by silence."""
    wanted = sum(int((ends - begins) / STEP_MS) for begins, ends in windows)
    return len(values) / wanted if wanted else 0.0
