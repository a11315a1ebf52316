"""Watch time and stalls by hour of the clock, so that days of any whole-hour zone can be added up; sync by five minutes."""

import numpy as np
import pandas as pd

from pipeline.aggregations.quantiles import BUCKETS, bucket_of, percentile
from pipeline.aggregations.rows import Coded, Rows
from pipeline.aggregations.views import IN_SYNC_MS, LONGEST_STALL_MS
from pipeline.aggregations.watch import Beats

HOUR_MS = 3_600_000
WATCH = (
    "party_id", "session_id", "video_id", "viewer", "hour", "watched", "beats", "synced_ms", "in_sync_ms", "stalls", "stall_ms",
)  # fmt: skip
DRIFT = ("party_id", "video_id", "hour", "bucket", "count")
SLICE_MS = 300_000
SYNC = ("party_id", "at", "p50", "p95", "n")
_MEASURES = ("watched", "beats", "synced_ms", "in_sync_ms", "stalls", "stall_ms")


def watch_hours(rows: Rows, beats: Beats, video: Coded) -> pd.DataFrame:
    """Make one row a session, video and hour in which something of it was watched or stalled, columns `WATCH`."""
    known = ~np.isnan(beats.drift)
    played = pd.DataFrame(
        {
            "group": beats.group,
            "video": beats.video.codes,
            "hour": beats.at_ms // HOUR_MS,
            "watched": beats.accepted,
            "beats": 1,
            "synced_ms": np.where(known, beats.accepted, 0),
            "in_sync_ms": np.where(known & (beats.drift <= IN_SYNC_MS), beats.accepted, 0),
        }
    )
    stall = rows.whole("stall_ms")
    place = np.flatnonzero(rows.is_kind("view.stalled") & (stall > 0) & rows.has_session)
    stalled = pd.DataFrame(
        {
            "group": rows.group[place],
            "video": video.codes[place],
            "hour": rows.at_ms[place] // HOUR_MS,
            "stalls": 1,
            "stall_ms": np.minimum(stall[place], LONGEST_STALL_MS),
        }
    )
    both = [part.groupby(["group", "video", "hour"], sort=True).sum() for part in (played, stalled)]
    whole = both[0].join(both[1], how="outer").fillna(0).astype("int64").sort_index().reset_index()
    group = whole["group"].to_numpy()
    start = rows.starts[group]
    found = {
        "party_id": rows.party.names[rows.party.codes[start]],
        "session_id": rows.session_name.names[rows.session_name.codes[start]],
        "video_id": video.words(whole["video"].to_numpy()),
        "viewer": rows.viewer.words(rows.session_viewer()[group]),
        "hour": whole["hour"].to_numpy() * HOUR_MS,
    }
    return pd.DataFrame(found | {name: whole[name].to_numpy() for name in _MEASURES}, columns=list(WATCH))


def drift_hours(rows: Rows, beats: Beats) -> pd.DataFrame:
    """Count |drift| by party, video and hour in the buckets of `quantiles`, columns `DRIFT`."""
    known = ~np.isnan(beats.drift)
    bucket = bucket_of(beats.drift[known])
    group, hour = beats.group[known], beats.at_ms[known] // HOUR_MS
    party = rows.party.codes[rows.starts[group]] if len(group) else group
    first = int(hour.min()) if len(hour) else 0
    videos, hours = len(beats.video.names) + 1, int(hour.max(initial=first)) - first + 1
    cell = (party * videos + beats.video.codes[known] + 1) * hours + hour - first
    key, count = np.unique(cell * BUCKETS + bucket, return_counts=True)
    cell = key // BUCKETS
    found = {
        "party_id": rows.party.words(cell // hours // videos),
        "video_id": beats.video.words(cell // hours % videos - 1),
        "hour": (cell % hours + first) * HOUR_MS,
        "bucket": key % BUCKETS,
        "count": count,
    }
    return pd.DataFrame(found, columns=list(DRIFT))


def sync_slices(rows: Rows, beats: Beats) -> pd.DataFrame:
    """Take the median and the 95th percentile of |drift| by party and five minutes (`at`, their start), columns `SYNC`."""
    known = ~np.isnan(beats.drift)
    group, number = beats.group[known], beats.at_ms[known] // SLICE_MS
    party = rows.party.codes[rows.starts[group]] if len(group) else group
    first = int(number.min()) if len(number) else 0
    width = int(number.max(initial=first)) - first + 1
    cells, of_beat = np.unique(party * width + number - first, return_inverse=True)
    found = {
        "party_id": rows.party.words(cells // width),
        "at": (cells % width + first) * SLICE_MS,
        "p50": percentile(of_beat, beats.drift[known], len(cells), 0.5),
        "p95": percentile(of_beat, beats.drift[known], len(cells), 0.95),
        "n": np.bincount(of_beat, minlength=len(cells)),
    }
    return pd.DataFrame(found, columns=list(SYNC))
