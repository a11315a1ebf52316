"""A histogram whose quantiles are at most 1 % off: buckets that grow by 2 %, so that counts of any parts can be added.

Bucket 0 holds what is below 1, bucket b what is in (1.02^(b-1), 1.02^b]. Adding counts is exact and knows no order, which a
sketch that throws dice (KLL) is not: the same events must give the same bytes again (docs/decisions/sketches.md).
"""

import numpy as np

from pipeline.aggregations.rows import Ints, Reals

GROWTH = 1.02
BUCKETS = 1_900
_BOUNDS = np.array([GROWTH**power for power in range(BUCKETS)])
"""Up to 2 * 10^16, more than any number that enters the lake."""


def bucket_of(values: Reals) -> Ints:
    """Name the bucket of each value, all of which are 0 or more."""
    found = np.searchsorted(_BOUNDS, values, side="left")
    return np.where(values < 1, 0, found).astype("int64")


def counts_of(values: Reals) -> dict[str, int]:
    """Count values in their buckets."""
    buckets, counts = np.unique(bucket_of(values), return_counts=True)
    return {str(bucket): int(count) for bucket, count in zip(buckets, counts, strict=True)}


def percentile(group: Ints, values: Reals, n: int, share: float) -> Reals:
    """Take a percentile of each group's values, with linear interpolation; NaN for a group without any."""
    order = np.lexsort((values, group))
    group, values = group[order], values[order]
    counts = np.bincount(group, minlength=n)
    starts = np.cumsum(counts) - counts
    held = counts > 0
    rank = (counts[held] - 1) * share
    low = np.floor(rank).astype("int64")
    high = np.minimum(low + 1, counts[held] - 1)
    found = np.full(n, np.nan)
    below, above = values[starts[held] + low], values[starts[held] + high]
    found[held] = below + (above - below) * (rank - low)
    return found
