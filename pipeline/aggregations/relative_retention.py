"""Relative retention: how a video holds its viewers, bin by bin, against videos of similar length.

For bin b it is the percentile rank of the video's R(b) among its peers, itself included: the share of them that lie
below, those that are equal counted half. So 0.5 is the median of its peers, and the ranks of any group have the mean 0.5.
Peers are the videos with at least `FEWEST_VIEWS` whose length differs from this one's by at most a fifth of it. With
fewer than `FEWEST_PEERS` there is no answer: a rank among a few says more about them than about the video.
"""

import numpy as np
import pandas as pd

BINS = 100
WITHIN_ONE_IN = 5
FEWEST_PEERS = 30
FEWEST_VIEWS = 50

COLUMNS = ["video_id", "duration_ms", "views", "peers", "percentiles"]
_AT_ONCE = 512
"""Peers that are compared at once: 400 kB."""


def relative_retention(films: pd.DataFrame) -> pd.DataFrame:
    """Make one row a video, columns `COLUMNS`: `percentiles` is a list of 100 ranks in (0, 1), None without an answer.

    `films` has rows of `video_id`, `day`, `duration_ms`, `views` and `plays` (100 counts), any number a video, which are
    added; its length is that of its last day. `peers` counts the video too; it is 0 where it has too few views itself.
    """
    videos = added(films)
    lengths = videos["duration_ms"].to_numpy("int64")
    views = videos["views"].to_numpy("int64")
    enough = np.flatnonzero(views >= FEWEST_VIEWS)
    order = enough[np.argsort(lengths[enough], kind="stable")]
    by_length = lengths[order]
    curves = (
        np.stack([videos["plays"].iloc[place] / views[place] for place in order]) if len(order) else np.zeros((0, BINS))
    )
    found: list[list[float] | None] = [None] * len(videos)
    peers = np.zeros(len(videos), dtype="int64")
    for place, video in enumerate(order):
        near = lengths[video] // WITHIN_ONE_IN
        first = np.searchsorted(by_length, lengths[video] - near, side="left")
        after = np.searchsorted(by_length, lengths[video] + near, side="right")
        peers[video] = after - first
        if peers[video] >= FEWEST_PEERS:
            found[video] = ranks(curves[place], curves[first:after]).tolist()
    return videos.assign(peers=peers, percentiles=pd.Series(found, index=videos.index, dtype="object"))[COLUMNS]


def ranks(curve: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Rank each bin of `curve` among those of `group`, of which it is one."""
    doubled = np.zeros(curve.shape, dtype="int64")
    for start in range(0, len(group), _AT_ONCE):
        part = group[start : start + _AT_ONCE]
        doubled += (part < curve).sum(axis=0) + (part <= curve).sum(axis=0)
    rank: np.ndarray = doubled / (2 * len(group))
    return rank


def added(films: pd.DataFrame) -> pd.DataFrame:
    """Add up the rows of each video that has a length: `video_id`, `day` (the last), `duration_ms`, `views`, `plays`."""
    known = films[films["duration_ms"].notna() & (films["duration_ms"].fillna(0) > 0)]
    known = known.sort_values(["video_id", "day", "duration_ms"], kind="stable")
    by = known.groupby("video_id", sort=True)
    videos = by.agg(day=("day", "last"), duration_ms=("duration_ms", "last"), views=("views", "sum")).reset_index()
    if len(videos):
        starts = np.concatenate([[0], np.cumsum(by.size().to_numpy())[:-1]])
        plays = np.add.reduceat(np.stack(known["plays"].to_list()).astype("int64"), starts, axis=0)
        videos["plays"] = list(plays)
    else:
        videos["plays"] = pd.Series(dtype="object")
    return videos.astype({"duration_ms": "int64", "views": "int64"})
