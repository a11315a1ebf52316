"""Forecast of a daily figure for two weeks, shown only where it has been better than the simplest guess.

The model: the figure of a day is a factor of its weekday times a straight line, fitted by least squares to the last eight
weeks, whose slope fades by a tenth with each day ahead (a trend that is drawn out straight for long is the usual way in
which growth is overestimated; E. S. Gardner and E. McKenzie, Management Science 31 (1985)).

The simplest guess: as on the same weekday of last week. From each of the last weeks' days both are asked for the two
weeks that followed, of which the answer is known. The model is shown where its mean absolute error is at least a
twentieth smaller; else the answer is the reason. The interval holds the middle 80 % of what the model's errors were at
that distance, in parts of its own forecast. Where most days of the last week lie outside of what was forecast before them,
something has changed that the past does not know, and nothing is shown.
"""

from typing import Any

import numpy as np

WEEK = 7
FITTED = 8 * WEEK
LEAST_FITTED = 4 * WEEK
AHEAD = 14
ORIGINS = (28, 56)
"""Days from which the past is forecast again: so many at least and at most."""
FADES = 0.9
BETTER_BY = 0.95
TAILS = (0.1, 0.9)
SHORTEST = LEAST_FITTED + AHEAD + ORIGINS[0] - 1
FOLDS = 7
"""Parts of the past that are left out in turn; neighbouring days have most of their future in common."""
FEWEST_INSIDE = 3
"""Of the last seven days. By chance fewer lie inside once in two hundred times."""


def forecast(values: np.ndarray) -> dict[str, Any]:
    """Forecast the next `AHEAD` values of a daily series without gaps, which ends with the last complete day.

    Returns `shown`, with `points` (lists of days ahead, value, low, high) or the `reason` (`not_enough_data`,
    `no_better_than_last_week`, `changed_lately`), and the `backtest`: `error` and `naive_error` (mean absolute errors),
    `origins` and `covered` (the part of the past that lay inside the interval as it would have been without that time);
    None where the series is too short.
    """
    series = np.asarray(values, dtype="float64")
    if len(series) < SHORTEST:
        return {"shown": False, "reason": "not_enough_data", "points": [], "backtest": None}
    last = len(series) - AHEAD
    origins = range(max(LEAST_FITTED, last - ORIGINS[1] + 1), last + 1)
    told = np.stack([model(series[:origin]) for origin in origins])
    naive = np.stack([last_week(series[:origin]) for origin in origins])
    came = np.stack([series[origin : origin + AHEAD] for origin in origins])
    off = np.divide(came - told, told, out=np.zeros_like(told), where=told > 0)
    error, naive_error = float(np.abs(came - told).mean()), float(np.abs(came - naive).mean())
    backtest = {
        "error": error,
        "naive_error": naive_error,
        "origins": len(origins),
        "covered": _covered(off),
    }
    low, high = _bounds(off)
    reason = None if error < BETTER_BY * naive_error else "no_better_than_last_week"
    if reason is None and _inside_lately(series, low, high) < FEWEST_INSIDE:
        reason = "changed_lately"
    if reason is not None:
        return {"shown": False, "reason": reason, "points": [], "backtest": backtest}
    ahead = model(series)
    points = [
        [day + 1, float(value), float(max(0.0, value * (1 + low[day]))), float(value * (1 + high[day]))]
        for day, value in enumerate(ahead)
    ]
    return {"shown": True, "reason": None, "points": points, "backtest": backtest}


def model(series: np.ndarray) -> np.ndarray:
    """Forecast the next `AHEAD` values by weekday factors and a fading line; never below 0."""
    recent = series[-(min(len(series), FITTED) // WEEK * WEEK) :]
    day = np.arange(len(recent))
    factors = np.ones(WEEK)
    for _ in range(2):  # the line bends the factors and the factors the line; twice is as good as for ever
        line = _line(recent / factors[day % WEEK])
        of_week = np.array([recent[place::WEEK].sum() / max(line[place::WEEK].sum(), 1e-9) for place in range(WEEK)])
        factors = np.maximum(of_week / max(of_week.mean(), 1e-9), 1e-9)
    slope = line[1] - line[0]
    faded = np.cumsum(FADES ** np.arange(1, AHEAD + 1))
    ahead = np.arange(len(recent), len(recent) + AHEAD)
    told: np.ndarray = np.maximum(0.0, (line[-1] + slope * faded) * factors[ahead % WEEK])
    return told


def _line(values: np.ndarray) -> np.ndarray:
    """Fit a straight line by least squares."""
    from_middle = np.arange(len(values)) - (len(values) - 1) / 2
    slope = from_middle @ values / (from_middle @ from_middle)
    line: np.ndarray = values.mean() + slope * from_middle
    return line


def last_week(series: np.ndarray) -> np.ndarray:
    """Forecast the next `AHEAD` values as those of the same weekdays of last week."""
    guess: np.ndarray = np.resize(series[-WEEK:], AHEAD)
    return guess


def _bounds(off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the tails of the relative errors by days ahead, each with its neighbours of three days to both sides."""
    low, high = np.empty(AHEAD), np.empty(AHEAD)
    for day in range(AHEAD):
        near = off[:, max(0, day - 3) : day + 4]
        low[day], high[day] = np.quantile(near, TAILS)
    return np.minimum(low, 0.0), np.maximum(high, 0.0)


def _inside_lately(series: np.ndarray, low: np.ndarray, high: np.ndarray) -> int:
    """Count the days of the last week that lie inside what was forecast before it."""
    told, came = model(series[:-WEEK])[:WEEK], series[-WEEK:]
    return int(((came >= told * (1 + low[:WEEK])) & (came <= told * (1 + high[:WEEK]))).sum())


def _covered(off: np.ndarray) -> float:
    """Tell which part of the errors of each fold lies inside the bounds that the other folds give."""
    inside = 0
    for fold in np.array_split(np.arange(len(off)), FOLDS):
        low, high = _bounds(np.delete(off, fold, axis=0))
        inside += int(((off[fold] >= low) & (off[fold] <= high)).sum())
    return inside / off.size
