"""Films: what each party knew of each video, and how often every hundredth of it was played.

A video is cut into 100 bins. A heartbeat played the piece [from, to), which is cut to what was accepted of it, so that
nobody can claim a whole film in one heartbeat. It plays a bin when the bin's middle lies in the piece: pieces that follow
each other share no middle, so neither does a heartbeat's edge count twice nor a gap once, and sums over files, parties
and days stay exact.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import NONE, Coded, Ints, Rows, last_of
from pipeline.aggregations.watch import Beats

BINS = 100


class Facts(NamedTuple):
    """What is known of each film, a film being a video in a party; `key` = party code * number of videos + video code."""

    key: Ints
    """Sorted."""
    length: Ints
    """ms; `NONE` where it is not known."""
    uploader: Ints
    """Code in `uploaders`."""
    uploaders: Coded

    def length_of(self, key: Ints) -> Ints:
        return self._of(self.length, key)

    def uploader_of(self, key: Ints) -> Ints:
        return self._of(self.uploader, key)

    def _of(self, values: Ints, key: Ints) -> Ints:
        if not len(self.key):
            return np.full(len(key), NONE)
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        return np.where(self.key[place] == key, values[place], NONE)


def film_facts(rows: Rows, video: Coded) -> Facts:
    """Take length and uploader of each film from the last event that tells them."""
    length, uploader = rows.whole("duration_ms"), rows.words("uploader_id")
    named = (video.codes != NONE) & ((length != NONE) | (uploader.codes != NONE))
    place = rows.by_time(np.zeros(len(rows), dtype="int64"), named)
    place = place[np.argsort(rows.at_ms[place], kind="stable")]
    key = rows.party.codes * len(video.names) + video.codes
    lengths = last_of(key, place[length[place] != NONE], length)
    uploaders = last_of(key, place[uploader.codes[place] != NONE], uploader.codes)
    known = np.union1d(lengths.index.to_numpy("int64"), uploaders.index.to_numpy("int64"))
    of_length = lengths.reindex(known, fill_value=NONE).to_numpy("int64")
    return Facts(
        known,
        np.where(of_length > 0, of_length, NONE),
        uploaders.reindex(known, fill_value=NONE).to_numpy("int64"),
        uploader,
    )


class Pieces(NamedTuple):
    """What heartbeats played: each belongs to the view `view` and covers [begins, ends) of its video, ms."""

    view: Ints
    begins: Ints
    ends: Ints
    length: Ints


def pieces(rows: Rows, beats: Beats, view: Ints, length: Ints) -> Pieces:
    """Cut the pieces. `view` and `length` are given for each heartbeat, `NONE` where there is none."""
    begins, to = rows.whole("from_ms")[beats.place], rows.whole("to_ms")[beats.place]
    ends = np.minimum(to, begins + beats.accepted)
    ends = np.where(length != NONE, np.minimum(ends, length), ends)
    good = (view != NONE) & (begins != NONE) & (to != NONE) & (ends > begins)
    return Pieces(view[good], begins[good], ends[good], length[good])


def plays(found: Pieces, views: int) -> np.ndarray:
    """Count how often each view played each bin: an array [views, BINS]. Only pieces of videos of known length count."""
    known = found.length != NONE
    view, length = found.view[known], found.length[known]
    first = _bin_at_or_after(found.begins[known], length)
    last = _bin_at_or_after(found.ends[known], length)
    width = BINS + 1
    change = np.bincount(view * width + first, minlength=views * width).astype("int32")
    change -= np.bincount(view * width + last, minlength=views * width).astype("int32")
    counts: np.ndarray = np.cumsum(change.reshape(views, width), axis=1)[:, :BINS]
    return counts


def longest_run(played: np.ndarray) -> Ints:
    """Tell of each view the most bins in a row that it played."""
    run = np.zeros(len(played), dtype="int64")
    best = run.copy()
    for place in range(played.shape[1]):
        run = (run + 1) * played[:, place]
        np.maximum(best, run, out=best)
    return best


def film_days(views: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    """Make one row a party, video and day of its views: columns party_id, video_id, day, duration_ms, uploader, views, plays, people.

    `counts` are the plays of each row of `views`; of those that are no view nothing counts.
    """
    chosen = views["is_view"].to_numpy(dtype=bool)
    table = views.loc[chosen, ["party_id", "video_id", "at", "duration_ms", "uploader"]]
    table = table.assign(day=table["at"] // 86_400_000 * 86_400_000)
    keys = ["party_id", "video_id", "day"]
    grouped = table.groupby(keys, sort=True)
    found = grouped.agg(
        duration_ms=("duration_ms", "first"), uploader=("uploader", "first"), views=("at", "size")
    ).reset_index()
    place = grouped.ngroup().to_numpy()
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(place[order]) > 0)) if len(order) else np.empty(0, dtype="int64")
    mine = counts[chosen][order]
    both = {"plays": mine, "people": (mine > 0).astype("int32")}
    for name, values in both.items():
        summed = np.add.reduceat(values, starts, axis=0) if len(starts) else values
        found[name] = pd.Series(list(summed.astype("int32")), dtype="object")
    return found


def films_by(subjects: np.ndarray, films: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Add up rows of `film_days` by subject and video: length, views, plays and people of each hundredth."""
    if not len(films):
        return {}
    subject, names = pd.factorize(subjects, sort=True)
    video, videos = pd.factorize(films["video_id"].to_numpy(dtype=object), sort=True)
    pairs, place = np.unique(subject * len(videos) + video, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(pairs)))
    length = films["duration_ms"].to_numpy("int64", na_value=NONE)
    lengths = np.maximum.reduceat(length[order], starts)
    views = np.add.reduceat(films["views"].to_numpy("int64")[order], starts)
    counts = {name: np.add.reduceat(np.stack(films[name].to_numpy())[order], starts) for name in ("plays", "people")}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row, pair in enumerate(pairs.tolist()):
        found.setdefault(names[pair // len(videos)], {})[videos[pair % len(videos)]] = {
            "duration_ms": None if lengths[row] == NONE else int(lengths[row]),
            "views": int(views[row]),
            "plays": counts["plays"][row].tolist(),
            "people": counts["people"][row].tolist(),
        }
    return found


def _bin_at_or_after(position: Ints, length: Ints) -> Ints:
    """Find the first bin whose middle, (b + 0.5) / BINS of the length, is not before a position: in whole numbers, so exactly."""
    place: Ints = np.clip(-((length - 2 * BINS * position) // (2 * length)), 0, BINS)
    return place
