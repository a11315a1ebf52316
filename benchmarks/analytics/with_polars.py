"""Polars: with_polars.py <lake> <scratch>. Each event once, accepted watch, views, bins; neither presence nor scopes."""

import json
import sys
import time

import polars as pl

SESSION = ["party_id", "session_id"]
VIEW = [*SESSION, "video_id"]
COLUMNS = ["event_id", "type", "at", "received_at", *VIEW, "watched_ms", "from_ms", "to_ms", "duration_ms"]

begins = time.perf_counter()
raw = pl.scan_parquet(f"{sys.argv[1]}/raw/*/*/*.parquet", hive_partitioning=False).select(COLUMNS)
events = (
    raw.filter(pl.col("party_id").is_not_null())
    .with_columns(
        pl.col("at", "received_at").dt.epoch("ms"), pl.col("type", *VIEW).cast(pl.String).cast(pl.Categorical)
    )
    .sort("party_id", "session_id", "received_at", "at", "event_id")
    .unique("event_id", keep="first", maintain_order=True)
    .drop("event_id")
    .collect()
    .lazy()
)
lengths = (
    events.filter(pl.col("duration_ms").is_not_null(), pl.col("video_id").is_not_null())
    .group_by("party_id", "video_id")
    .agg(length=pl.col("duration_ms").sort_by("at").last())
)
first = (
    events.filter(pl.col("session_id").is_not_null())
    .group_by(SESSION)
    .agg(since=pl.col("received_at").first(), beats_first=pl.col("type").first() == "view.watched")
)
passed = pl.col("received_at") - pl.coalesce(
    pl.col("received_at").shift(1).over(SESSION), pl.when(~pl.col("beats_first")).then(pl.col("since"))
)
claimed = pl.min_horizontal(pl.col("watched_ms").fill_null(0), passed + 5_000, pl.lit(20_000))
beats = (
    events.filter(pl.col("type") == "view.watched")
    .join(first, on=SESSION, how="left", maintain_order="left")
    .with_columns(w=pl.max_horizontal(pl.lit(0), claimed))
    .join(lengths, on=["party_id", "video_id"], how="left", maintain_order="left")
    .collect()
    .lazy()
)
views = (
    beats.filter(pl.col("video_id").is_not_null())
    .group_by(VIEW)
    .agg(watched=pl.col("w").sum(), at=pl.col("at").first())
)
views = views.filter(pl.col("watched") >= 3_000).with_columns(day=pl.col("at") // 86_400_000).collect().lazy()


def bin_of(place: pl.Expr) -> pl.Expr:
    return (200 * place + pl.col("length") - 1) // (2 * pl.col("length"))


until = pl.min_horizontal("to_ms", pl.col("from_ms") + pl.col("w"), "length")
pieces = (
    beats.filter(
        pl.col("from_ms") >= 0, pl.col("to_ms").is_not_null(), pl.col("length") > 0, pl.col("video_id").is_not_null()
    )
    .with_columns(until=until)
    .filter(pl.col("until") > pl.col("from_ms"))
    .with_columns(first_bin=bin_of(pl.col("from_ms")), end_bin=bin_of(pl.col("until")))
    .filter(pl.col("end_bin") > pl.col("first_bin"))
    .join(views.select(*VIEW, "day"), on=VIEW)
    .select(*VIEW, "day", bin=pl.int_ranges("first_bin", "end_bin"))
    .explode("bin")
)
bins = (
    pieces.group_by(*VIEW, "day", "bin")
    .agg(plays=pl.len())
    .group_by("party_id", "video_id", "day", "bin")
    .agg(plays=pl.col("plays").sum(), people=pl.len())
    .collect()
)
watch_ms = beats.select(pl.col("w").sum()).collect().item()
seconds = time.perf_counter() - begins
count = raw.select(pl.len()).collect().item()
print(json.dumps({"events": count, "seconds": seconds, "watch_ms": watch_ms, "views": views.collect().height}))
