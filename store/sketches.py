"""Small summaries that can be put together: a histogram for quantiles, and sets of people.

Both are exact in what they are made of: merging parts in any order, split in any way, gives the same bytes, so that
what is computed again from the same events is the same again. Sketches that draw lots (KLL) do not have that.

A *histogram* is `{"counts": {"<bucket>": n}}`. Bucket 0 holds what is below 1, bucket b what is in (1.02^(b-1), 1.02^b].

A *people set* is `{"ids": [[viewer, mask], …]}`, sorted, while it has at most 1,000 people; bit h of a mask is set where
the person was there in hour h of the UTC day. A larger one is `{"ids": null, "kmv": [hash, …]}`: the 4,096 smallest of
the 64-bit hashes of its people, as hexadecimal digits, sorted. Below 4,096 people it still counts exactly; above, the
k-th smallest hash tells how dense they lie (Bar-Yossef et al. 2002; Beyer et al. 2007).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from hashlib import blake2b
from operator import or_
from typing import Any, NamedTuple

GROWTH = 1.02
QUANTILE_ERROR = (GROWTH - 1) / (GROWTH + 1)
"""The middle of a bucket is at most this far from what is in it: 0.99 %. Below 1 a value may be off by 1."""
EXACT_PEOPLE = 1_000
SMALLEST = 4_096
PEOPLE_ERROR = 1 / math.sqrt(SMALLEST - 2)
"""Standard error of a count above `SMALLEST`: 1.6 %."""
ALL_HOURS = (1 << 24) - 1

_HASHES = 1 << 64

Summary = Mapping[str, Any]


class Size(NamedTuple):
    """How many people, and the standard error of that, relative; 0 where it is exact."""

    people: int
    rel_error: float


def bucket_of(value: float) -> int:
    """Name the bucket of a value of 0 or more."""
    return 0 if value < 1 else math.ceil(math.log(value) / math.log(GROWTH))


def value_of(bucket: int) -> float:
    """Give the value that stands for a bucket: the one that is off by the same share at both of its ends."""
    return 0.0 if bucket == 0 else float(2 * GROWTH**bucket / (GROWTH + 1))


def histogram(values: Iterable[float]) -> dict[str, Any]:
    """Make a histogram of values."""
    return merged_histograms({"counts": {str(bucket_of(value)): 1}} for value in values)


def merged_histograms(parts: Iterable[Summary]) -> dict[str, Any]:
    """Add histograms up."""
    counts: dict[str, int] = {}
    for part in parts:
        for bucket, count in part["counts"].items():
            counts[bucket] = counts.get(bucket, 0) + count
    return {"counts": {bucket: counts[bucket] for bucket in sorted(counts, key=int)}}


def samples(part: Summary) -> int:
    """Count the values in a histogram."""
    return sum(part["counts"].values())


def quantile(part: Summary, q: float) -> float | None:
    """Give the value below or at which a share `q` of all values lies; None of an empty histogram.

    It is that of the bucket in which the ceil(q·n)-th smallest value lies.
    """
    counts = {int(bucket): count for bucket, count in part["counts"].items() if count}
    rank = max(1, math.ceil(q * sum(counts.values())))
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0:
            return value_of(bucket)
    return None


def people(there: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Make a set of people, each with the mask of the hours in which they were there."""
    masks: dict[str, int] = {}
    for viewer, mask in there:
        masks[viewer] = masks.get(viewer, 0) | mask
    if len(masks) > EXACT_PEOPLE:
        return _smallest(map(hash_of, masks))
    return {"ids": [[viewer, masks[viewer]] for viewer in sorted(masks)]}


def union(parts: Iterable[Summary]) -> dict[str, Any]:
    """Unite sets of people; who is in several counts once."""
    known = list(parts)
    exact = people((viewer, mask) for part in known for viewer, mask in part["ids"] or ())
    hashed: list[Sequence[str]] = [part["kmv"] for part in known if part["ids"] is None]
    if not hashed:
        return exact
    own = exact["kmv"] if exact["ids"] is None else [hash_of(viewer) for viewer, _ in exact["ids"]]
    return _smallest(hash_ for hashes in (*hashed, own) for hash_ in hashes)


def size(part: Summary) -> Size:
    """Count the people of a set."""
    if part["ids"] is not None:
        return Size(len(part["ids"]), 0.0)
    hashes = part["kmv"]
    if len(hashes) < SMALLEST:
        return Size(len(hashes), 0.0)
    return Size(round((SMALLEST - 1) * _HASHES / (int(hashes[SMALLEST - 1], 16) or 1)), PEOPLE_ERROR)


def in_hours(part: Summary, hours: int) -> dict[str, Any] | None:
    """Keep who was there in one of the hours of a mask; None where the set no longer knows hours."""
    if part["ids"] is None:
        return None
    return {"ids": [[viewer, mask & hours] for viewer, mask in part["ids"] if mask & hours]}


def mask_of(hours: Iterable[int]) -> int:
    """Make the mask of some hours of a day, 0 to 23."""
    return reduce(or_, (1 << hour for hour in hours), 0)


def hash_of(viewer: str) -> str:
    """Hash a person to 64 bits, written as 16 digits, so that texts sort as their numbers do."""
    return blake2b(viewer.encode(), digest_size=8).hexdigest()


def _smallest(hashes: Iterable[str]) -> dict[str, Any]:
    return {"ids": None, "kmv": sorted(set(hashes))[:SMALLEST]}
