"""Concurrent viewers: C(t) = |{s: start_s ≤ t < end_s}|, by one sweep over the sessions of many scopes at once.

A peak is not the maximum or the sum of its parts' peaks, so each scope (a party, a host's day, the platform's day) sweeps its
own sessions. In time it is: the peak of a day is the greatest of its hours, the level on entering each hour included.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipeline.aggregations.rows import Ints

_BINS_MS = (1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000)


class Levels(NamedTuple):
    """Step functions: in `scope`, from `at` (ms) for `length` ms there are `level`. By scope, then time; no gap within one."""

    scope: Ints
    at: Ints
    length: Ints
    level: Ints


def levels(scope: Ints, starts: Ints, ends: Ints) -> Levels:
    """Sweep the intervals of each scope. Empty intervals count for none; the last step of a scope has length 0 and level 0."""
    held = ends > starts
    scope, starts, ends = scope[held], starts[held], ends[held]
    all_scopes, at = np.concatenate([scope, scope]), np.concatenate([starts, ends])
    change = np.concatenate([np.ones(len(scope), dtype="int64"), -np.ones(len(scope), dtype="int64")])
    order = np.lexsort((at, all_scopes))
    all_scopes, at, level = all_scopes[order], at[order], np.cumsum(change[order])
    last = (
        np.append((all_scopes[1:] != all_scopes[:-1]) | (at[1:] != at[:-1]), True)
        if len(at)
        else np.empty(0, dtype=bool)
    )
    all_scopes, at, level = all_scopes[last], at[last], level[last]
    until = np.append(at[1:], at[-1:])
    ends_scope = np.append(all_scopes[1:] != all_scopes[:-1], True) if len(at) else last
    return Levels(all_scopes, at, np.where(ends_scope, 0, until - at), level)


def integral(steps: Levels, scopes: int, *, at_least: int = 1) -> Ints:
    """Integrate the level of each scope over the time at which it is at least `at_least`, ms."""
    weight = np.where(steps.level >= at_least, steps.level * steps.length, 0)
    return np.bincount(steps.scope, weights=weight, minlength=scopes).astype("int64")


def measure(steps: Levels, scopes: int) -> Ints:
    """Measure the time in which each scope's level is above 0: the length of the union of its intervals, ms."""
    weight = np.where(steps.level > 0, steps.length, 0)
    return np.bincount(steps.scope, weights=weight, minlength=scopes).astype("int64")


def peaks(steps: Levels, scopes: int) -> Ints:
    """Take the highest level of each scope."""
    found = np.zeros(scopes, dtype="int64")
    np.maximum.at(found, steps.scope, steps.level)
    return found


class Curve(NamedTuple):
    """One scope's step function: from each `at` (ms) on there are `viewers`, until the next step."""

    at: Ints
    viewers: Ints


def curves(scope: Ints, starts: Ints, ends: Ints, scopes: int) -> list[Curve]:
    """Draw each scope's step function; steps that change nothing are left out."""
    steps = levels(scope, starts, ends)
    first = np.append(True, steps.scope[1:] != steps.scope[:-1]) if len(steps.scope) else np.empty(0, dtype=bool)
    changed = first | (steps.level != np.append(-1, steps.level[:-1])) if len(first) else first
    of, at, level = steps.scope[changed], steps.at[changed], steps.level[changed]
    cuts = np.searchsorted(of, np.arange(scopes + 1)).tolist()
    return [Curve(at[start:stop], level[start:stop]) for start, stop in pairwise(cuts)]


def curve(starts: Ints, ends: Ints) -> Curve:
    """Draw the step function of one scope."""
    return curves(np.zeros(len(starts), dtype="int64"), starts, ends, 1)[0]


def points(drawn: Curve, limit: int = 1000) -> list[list[int]]:
    """Draw a curve with at most `limit` points: each step, else the highest level of each bin of a round width."""
    at, viewers = drawn
    if len(at) > limit:
        length = int(at[-1]) - int(at[0])
        width = next((width for width in _BINS_MS if length / width < limit - 1), _BINS_MS[-1])
        number = at // width
        bins = np.arange(number[0], number[-1] + 1)
        inside = np.zeros(len(bins), dtype="int64")
        np.maximum.at(inside, number - number[0], viewers)
        place = np.searchsorted(at, bins * width, side="right") - 1
        entering = np.where(place >= 0, viewers[np.maximum(place, 0)], 0)
        at, viewers = bins * width, np.maximum(inside, entering)
    return [[moment, level] for moment, level in zip(at.tolist(), viewers.tolist(), strict=True)]
