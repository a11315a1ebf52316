# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
#   kernelspec:
#     name: python3
# ---

# %% [markdown]
# # A tour of the lake
#
# The lake holds every event as Parquet files; `docs/lake.md` tells its columns. Set `MATINEE_LAKE` to yours, or run this
# beside `matinee-data`. After a party: `matinee pipeline run`.

# %%
import os

import pipeline

events = pipeline.open_lake(os.environ.get("MATINEE_LAKE", "matinee-data/lake"))
events.npartitions

# %% [markdown]
# ## What happened
#
# How often each type of event occurs. Dask reads only the column that is asked for.

# %%
events["type"].value_counts().compute()

# %% [markdown]
# ## How well in step
#
# Heartbeats carry each viewer's drift from the position that everybody should be at. The party's promise is about the
# absolute value: half of all heartbeats are better than p50, all but one in twenty better than p95.

# %%
watched = events[events["type"] == "view.watched"][["party_id", "session_id", "drift_ms", "watched_ms"]].compute()
watched["drift_ms"].abs().quantile([0.5, 0.95, 0.99]).rename("|drift|, ms")

# %% [markdown]
# ## Who stays how long
#
# Claimed media time of each session, in minutes. The dashboards accept no more of it than the time that really passed
# (see the metrics dictionary); here it is what the players said.

# %%
(watched.groupby("session_id")["watched_ms"].sum() / 60_000).describe().round(1)

# %% [markdown]
# ## The dashboards' own tables
#
# The pure functions behind the dashboards work on any part of the lake, without a database.

# %%
from pipeline.aggregations.facts import RAW_COLUMNS, facts, merged
from pipeline.aggregations.party_report import party_reports
from pipeline.lake import Lake

lake = Lake(url=os.environ.get("MATINEE_LAKE", "matinee-data/lake"))
reports = party_reports(merged([facts(lake.read_raw(name, RAW_COLUMNS)) for name in lake.raw_names()]))
{party: {name: figure["value"] for name, figure in report["metrics"].items()} for party, report in reports.items()}
