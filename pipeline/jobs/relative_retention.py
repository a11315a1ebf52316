"""The job `relative_retention`: how often each hundredth of all videos was played → ranks among similar ones, key moments."""

from typing import Any

import pandas as pd

from pipeline.aggregations.key_moments import FEWEST_VIEWS, key_moments
from pipeline.aggregations.relative_retention import added, relative_retention
from pipeline.jobs.job import Job, Outcome, Work
from pipeline.jobs.rows import WHOLE, people_s_homes, read_columns, row
from pipeline.lake import Lake
from pipeline.schedule import Schedule
from store.aggregates import AggregatesWriter, aggregate_id
from store.home_tables import Files

NAME = FAMILY = "relative_retention"
VERSION = 1
COLUMNS = ("video_id", "day", "duration_ms", "views", "plays")
VIDEOS_AT_ONCE = 100
_NONE = pd.DataFrame(
    {name: pd.Series(dtype="int64" if name in {"day", "duration_ms", "views"} else "object") for name in COLUMNS}
)


def run(work: Work) -> Outcome:
    """Compute the row of every video with enough views, over all that was ever seen of it; others have none."""
    lake = work.place.open_lake()
    homes = people_s_homes(work.database)
    films = added(pd.concat([_NONE, *(added(_read(lake, files)) for _, files in sorted(homes.items()))]))
    plays = films.set_index("video_id")["plays"]
    found = relative_retention(films)
    videos = found[found["views"] >= FEWEST_VIEWS]
    writer, published = AggregatesWriter(work.database), 0
    for start in range(0, len(videos), VIDEOS_AT_ONCE):
        part = videos.iloc[start : start + VIDEOS_AT_ONCE].to_dict("records")
        rows = [
            row(
                FAMILY,
                WHOLE,
                VERSION,
                values(one, plays[one["video_id"]]),
                work.moment,
                kind="video",
                subject=one["video_id"],
            )
            for one in part
        ]
        published += writer.publish(rows)
    kept = [aggregate_id(FAMILY, "video", video, WHOLE) for video in videos["video_id"]]
    return Outcome(slots=1, rows=published + writer.remove_others(FAMILY, WHOLE, kept))


def _read(lake: Lake, files: Files) -> pd.DataFrame:
    return read_columns(lake, files["films"], COLUMNS)


def values(video: dict[Any, Any], plays: Any) -> dict[str, Any]:
    """Make the values of one video: what is listed is None without enough of what it needs."""
    views, duration_ms = int(video["views"]), int(video["duration_ms"])
    return {
        "sums": {"views": views, "peers": int(video["peers"])},
        "lists": {
            "relative_retention": video["percentiles"],
            "key_moments": key_moments(plays, views, duration_ms),
        },
    }


JOB = Job(
    name=NAME,
    when=Schedule(at="04:00"),
    inputs=("lake/tables",),
    outputs=("aggregates/relative_retention",),
    meaning="Ranks how each video holds its viewers among those of similar length, and finds its key moments.",
    run=run,
)
