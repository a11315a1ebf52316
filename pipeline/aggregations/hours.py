"""Watch time and stalls by hour of the clock, so that days of any whole-hour zone can be added up; drift by five minutes."""

import numpy as np
import pandas as pd

from pipeline.aggregations.quantiles import bucket_of
from pipeline.aggregations.rows import Coded, Rows
from pipeline.aggregations.views import IN_SYNC_MS, LONGEST_STALL_MS
from pipeline.aggregations.watch import Beats

HOUR_MS = 3_600_000
WATCH = (
    "party_id", "session_id", "video_id", "viewer", "hour", "watched", "beats", "synced_ms", "in_sync_ms", "stalls", "stall_ms",
)  # fmt: skip
SLICE_MS = 300_000
DRIFT = ("party_id", "video_id", "at", "bucket", "count")
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


def drift_slices(rows: Rows, beats: Beats) -> pd.DataFrame:
    """Count |drift| by party, video and five minutes (`at`, their start) in the buckets of `quantiles`, columns `DRIFT`."""
    known = ~np.isnan(beats.drift)
    counted = pd.DataFrame(
        {
            "party": rows.party.codes[beats.place[known]],
            "video": beats.video.codes[known],
            "at": beats.at_ms[known] // SLICE_MS * SLICE_MS,
            "bucket": bucket_of(beats.drift[known]),
        }
    )
    sizes = counted.groupby(list(counted), sort=True).size().rename("count").reset_index()
    found = {
        "party_id": rows.party.words(sizes["party"].to_numpy()),
        "video_id": beats.video.words(sizes["video"].to_numpy()),
        "at": sizes["at"].to_numpy(),
        "bucket": sizes["bucket"].to_numpy(),
        "count": sizes["count"].to_numpy(),
    }
    return pd.DataFrame(found, columns=list(DRIFT))
