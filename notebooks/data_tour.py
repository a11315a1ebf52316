# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A tour of the lake, and how good its data are
#
# The lake holds every event as Parquet (columns: `docs/lake.md`) and, beside them, the tables that all dashboards are made
# of. `MATINEE_LAKE` says where yours is; without it, this is a made-up history of which everything is known.

# %%
import altair as alt
import desk
import pandas as pd

import pipeline
from pipeline.aggregations.day import days
from pipeline.aggregations.tables import SCHEMAS
from pipeline.lake import Lake
from pipeline.quality import counted, examine
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS

alt.renderers.enable("svg")
known = desk.answers()
lake = pipeline.open_lake()
lake.events.npartitions

# %% [markdown]
# ## On a cluster
#
# Dask works on the threads of this process. With the address of a cluster in `MATINEE_DASK_SCHEDULER` (as for the jobs) the
# same cells run there; its workers need this package and must see the lake at the same address.

# %%
import os

from distributed import Client

client = Client(os.environ["MATINEE_DASK_SCHEDULER"]) if os.environ.get("MATINEE_DASK_SCHEDULER") else None
client.dashboard_link if client else "threads of this process"

# %% [markdown]
# ## What happened
#
# How often each type of event occurs. Dask reads only the columns that are asked for.

# %%
types = lake["type"].value_counts().compute().rename_axis("type").reset_index(name="events")
alt.Chart(types).mark_bar().encode(
    x=alt.X("events", scale=alt.Scale(type="symlog")), y=alt.Y("type", sort="-x", title=None)
)

# %% [markdown]
# ## Twice, late, old, wrong
#
# Clients send again what they had no answer to, are offline for hours, and are not all of today. An `event_id` that comes
# twice counts once; `at` is the time of the event and `received_at` that of its arrival.

# %%
arrivals = lake[["event_id", "v", "at", "received_at"]].compute()
late = arrivals["received_at"] - arrivals["at"]
quality = pd.Series(
    {
        "events": len(arrivals),
        "copies": len(arrivals) - arrivals["event_id"].nunique(),
        "later than a minute": int((late > pd.Timedelta(minutes=1)).sum()),
        "of an old shape": int((arrivals["v"] == 0).sum()),
    }
)
quality

# %%
shares = pd.DataFrame({"share": [0.5, 0.9, 0.99, 0.995, 0.999, 1.0]})
shares["seconds"] = late.dt.total_seconds().quantile(shares["share"]).to_numpy()
alt.Chart(shares).mark_line(point=True).encode(
    x=alt.X("share:O", title="share of events that have arrived"),
    y=alt.Y("seconds", scale=alt.Scale(type="log"), title="seconds after they happened"),
)

# %% [markdown]
# `ingest` sets aside what cannot be true. The same checks, on what is in the lake: nothing that they refuse may be there.

# %%
store = Lake(url=lake.url)
aside: dict[str, int] = {}
for name in store.raw_names():
    examined = examine(store.read_raw(name))
    for check, events in counted(examined.bad, len(examined.unknown)).items():
        aside[check] = aside.get(check, 0) + events
aside

# %% [markdown]
# ## The tables
#
# `lake.table(…)` gives one as pandas, `lazy=True` as a Dask dataframe with a partition for each home (the day on which a
# party's id was made), `lake.tables()` all of them, as the jobs' functions take them.

# %%
tables = lake.tables()
pd.Series({name: len(tables[name]) for name in SCHEMAS}, name="rows")

# %%
lake.table("watch", lazy=True).groupby("video_id")["watched"].sum().nlargest(3).compute()

# %% [markdown]
# ## The days
#
# The figures of the platform by day, as the dashboards have them: the job's own function makes what is added up, the
# dictionary's own definitions make the figures of it.

# %%
from pipeline.slots import DAY_MS, day_of

first, last = int(tables["watch"]["hour"].min()) // DAY_MS, int(tables["watch"]["hour"].max()) // DAY_MS
by_day = {
    day_of(day * DAY_MS): days(tables, day_of(day * DAY_MS))["platform_day"].get("all", {})
    for day in range(first, last + 1)
}
shown = ["watch_time_ms", "views", "unique_viewers", "chat_messages"]
of_days = pd.DataFrame(
    {day: {name: figure(DEFINITIONS[name], values).value for name in shown} for day, values in by_day.items()}
).T
of_days

# %%
whole = {name: figure(DEFINITIONS[name], merged(by_day.values())).value for name in shown}
hours = pd.DataFrame({"day": of_days.index, "hours": of_days["watch_time_ms"].astype("float64").to_numpy() / 3_600_000})
alt.Chart(hours).mark_bar().encode(x=alt.X("day", title=None), y=alt.Y("hours", title="hours watched"))

# %% [markdown]
# ## Is that true?

# %%
if known is not None:
    assert quality.to_dict() == {
        "events": known.events,
        "copies": known.copies,
        "later than a minute": known.late_events,
        "of an old shape": known.old_events,
    }
    assert aside == {}
    for day, values in by_day.items():
        truth = known.days[day]
        assert figure(DEFINITIONS["watch_time_ms"], values).value in {truth.watch_time_ms, None}, day
        assert figure(DEFINITIONS["views"], values).value in {truth.views, None}, day
    assert whole["watch_time_ms"] == known.total("watch_time_ms")
    assert whole["views"] == known.total("views")
    assert whole["chat_messages"] == known.total("chat_messages")

# %%
busiest = hours.loc[hours["hours"].idxmax()]
desk.Told(
    f"Of {quality['events']:,} rows {quality['copies'] / quality['events']:.2%} are copies and "
    f"{quality['later than a minute'] / quality['events']:.2%} came later than a minute; the checks find "
    f"{sum(aside.values())} that should not be here. People watched {hours['hours'].sum():,.0f} hours in {whole['views']:,} "
    f"views, most of it on {busiest['day']} ({busiest['hours']:,.1f} hours)."
    + (" All of it equals what is known of this history." if known is not None else "")
)
