"""Concurrent viewers: C(t) = |{s: start_s ≤ t < end_s}|, by one sweep over the sessions of many scopes at once.

A peak is not the maximum or the sum of its parts' peaks, so each scope (a party, a host's day, the platform's day) sweeps its
own sessions. In time it is: the peak of a day is the greatest of its hours, the level on entering each hour included.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

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


def curve(starts: Ints, ends: Ints) -> pd.DataFrame:
    """Make one scope's step function: from each `at` (ms) on there are `viewers`, until the next row."""
    steps = levels(np.zeros(len(starts), dtype="int64"), starts, ends)
    drawn = pd.DataFrame({"at": steps.at, "viewers": steps.level})
    return drawn[drawn["viewers"].ne(drawn["viewers"].shift())].reset_index(drop=True)


def points(drawn: pd.DataFrame, limit: int = 1000) -> list[list[int]]:
    """Draw a curve with at most `limit` points: each step, else the highest level of each bin of a round width."""
    if len(drawn) <= limit:
        return [[int(at), int(viewers)] for at, viewers in zip(drawn["at"], drawn["viewers"], strict=True)]
    first, last = int(drawn["at"].iloc[0]), int(drawn["at"].iloc[-1])
    width = next((width for width in _BINS_MS if (last - first) / width < limit - 1), _BINS_MS[-1])
    at = np.arange(first // width, last // width + 1) * width
    inside = drawn.groupby(drawn["at"] // width)["viewers"].max().reindex(at // width, fill_value=0).to_numpy()
    place = np.searchsorted(drawn["at"].to_numpy(), at, side="right") - 1
    entering = np.where(place >= 0, drawn["viewers"].to_numpy()[np.maximum(place, 0)], 0)
    return [[int(moment), int(level)] for moment, level in zip(at, np.maximum(inside, entering), strict=True)]
