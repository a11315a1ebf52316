"""Leaderboards: the videos and the hosts with the most watch time in the days that end with a day.

Counted again from the tables each time, so the lists are exact and no top of tops. A video or host with fewer than
`FEWEST_PEOPLE` viewers is not named, so that a list does not tell what a few people watched; how many those are, and how
much they add up to, is told.
"""

from typing import Any

import pandas as pd

TOP = 20
FEWEST_PEOPLE = 10


def leaderboards(
    watch: pd.DataFrame, views: pd.DataFrame, parties: pd.DataFrame, from_ms: int, to_ms: int
) -> dict[str, dict[str, Any]]:
    """Rank `videos` and `hosts` by the watch time of [from_ms, to_ms), which are whole hours.

    Needs of the tables: watch (`party_id`, `video_id`, `viewer`, `hour`, `watched`), views (`party_id`, `video_id`, `at`,
    `is_view`, `percent`) and parties (`party_id`, `host`). Each list has `top` (at most `TOP` rows) and `unnamed` (`rows`,
    `watch_ms`). A row has `rank`, `video_id` or, of a host, `party_id` (their party with the most watch time; whose it is
    can be seen by whoever may see the party), `watch_ms`, `viewers`, `views`, `parties`, and `average_percentage_viewed`,
    None without a view of known length.
    """
    watched = watch[(watch["hour"] >= from_ms) & (watch["hour"] < to_ms)]
    seen = views[views["is_view"].to_numpy(dtype=bool) & (views["at"] >= from_ms) & (views["at"] < to_ms)]
    host = parties.dropna(subset=["host"]).set_index("party_id")["host"]
    videos = _ranked(watched, seen, "video_id")
    hosted, seen_of = (rows.assign(host=rows["party_id"].map(host)) for rows in (watched, seen))
    hosts = _ranked(hosted, seen_of, "host")
    return {
        "videos": _listed(videos.drop(columns="party_id"), "video_id"),
        "hosts": _listed(hosts[hosts["host"].str.startswith("u:")], "party_id"),
    }


def _ranked(watched: pd.DataFrame, seen: pd.DataFrame, key: str) -> pd.DataFrame:
    """Make one row for each `key` with watch time, in order."""
    rows = watched[watched[key].notna() & (watched["watched"] > 0)].astype({key: "object"})
    by = rows.groupby(key, sort=True)
    found = by.agg(watch_ms=("watched", "sum"), viewers=("viewer", "nunique"), parties=("party_id", "nunique"))
    of_party = rows.groupby([key, "party_id"], sort=True, observed=True)["watched"].sum().reset_index()
    longest = of_party.sort_values([key, "watched", "party_id"], ascending=[True, False, True]).drop_duplicates(key)
    viewed = (
        seen[seen[key].notna()].groupby(key, observed=True).agg(views=("is_view", "size"), percent=("percent", "mean"))
    )
    whole = found.join(longest.set_index(key)["party_id"]).join(viewed).reset_index()
    return whole.sort_values(["watch_ms", key], ascending=[False, True], ignore_index=True)


def _listed(ranked: pd.DataFrame, key: str) -> dict[str, Any]:
    named = ranked[ranked["viewers"] >= FEWEST_PEOPLE]
    unnamed = ranked[ranked["viewers"] < FEWEST_PEOPLE]
    return {
        "top": [{"rank": place + 1, **_row(row, key)} for place, row in enumerate(named.head(TOP).to_dict("records"))],
        "unnamed": {"rows": len(unnamed), "watch_ms": int(unnamed["watch_ms"].sum())},
    }


def _row(row: dict[Any, Any], key: str) -> dict[str, Any]:
    percent = None if pd.isna(row["percent"]) else float(row["percent"])
    counts = {name: int(row[name]) for name in ("watch_ms", "viewers", "parties")}
    views = 0 if pd.isna(row["views"]) else int(row["views"])
    return {key: row[key], **counts, "views": views, "average_percentage_viewed": percent}
