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
# # How well in step
#
# Heartbeats carry each player's drift from the position that everybody should be at. The promise is about its absolute value.

# %%
import math

import altair as alt
import desk
import pandas as pd

import pipeline
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.views import IN_SYNC_MS
from store import sketches
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS

alt.renderers.enable("svg")
known = desk.answers()
lake = pipeline.open_lake()
tables = lake.tables()
reports = party_reports(tables)

# %% [markdown]
# ## The figures of the dictionary

# %%
whole = merged(reports.values())
names = ["drift_p50_ms", "drift_p95_ms", "drift_p99_ms", "in_sync_ratio"]
in_step = {name: figure(DEFINITIONS[name], whole) for name in names}
pd.DataFrame({name: {"value": one.value, "n": one.n, "rel_error": one.rel_error} for name, one in in_step.items()}).T

# %% [markdown]
# ## The distribution
#
# The dashed line is where a player counts as out of step.

# %%
counts = whole["sketches"]["drift_ms"]["counts"]
histogram = pd.DataFrame(
    [(max(1.0, sketches.value_of(int(bucket))), count) for bucket, count in counts.items()], columns=["ms", "beats"]
).sort_values("ms")
histogram["share"] = histogram["beats"].cumsum() / histogram["beats"].sum()
limit = alt.Chart(pd.DataFrame({"ms": [IN_SYNC_MS]})).mark_rule(strokeDash=[4, 4]).encode(x="ms")
(
    alt.Chart(histogram)
    .mark_line()
    .encode(
        x=alt.X("ms", scale=alt.Scale(type="log"), title="|drift|, ms"),
        y=alt.Y("share", title="share of heartbeats below"),
    )
    + limit
)

# %% [markdown]
# ## The parties, small and large

# %%
by_party = pd.DataFrame(
    [
        {"party": party, "p95": figure(DEFINITIONS["drift_p95_ms"], values).value, "people": values["sums"]["joined"]}
        for party, values in reports.items()
    ]
).dropna()
by_party["p95"] = by_party["p95"].astype("float64")
alt.Chart(by_party).mark_point().encode(
    x="people", y=alt.Y("p95", scale=alt.Scale(type="log"), title="p95 of |drift|, ms")
)

# %% [markdown]
# ## The longest party, in slices of five minutes

# %%
sync = tables["sync"]
longest = sync["party_id"].value_counts().idxmax()
band = sync[sync["party_id"] == longest].assign(at=lambda rows: pd.to_datetime(rows["at"], unit="ms"))
alt.Chart(band).mark_area(opacity=0.4).encode(
    x=alt.X("at", title=None), y=alt.Y("p50", title="|drift|, p50 to p95, ms"), y2="p95"
)

# %% [markdown]
# ## The same from the raw events
#
# Dask, over all files: every heartbeat once, sorted, without a sketch.

# %%
beats = lake[lake["type"] == "view.watched"][["event_id", "party_id", "session_id", "drift_ms"]].compute()
beats = beats.dropna().drop_duplicates("event_id")
ordered = beats["drift_ms"].abs().sort_values(ignore_index=True)
exact = {
    f"drift_p{per_cent}_ms": float(ordered.iloc[math.ceil(per_cent * len(ordered) / 100) - 1])
    for per_cent in (50, 95, 99)
}
exact

# %% [markdown]
# ## Is that true?

# %%
assert sketches.samples(whole["sketches"]["drift_ms"]) == len(ordered), "every heartbeat with a drift counts, once"
for name, value in exact.items():
    assert math.isclose(in_step[name].value or 0, value, rel_tol=sketches.QUANTILE_ERROR * 1.01), name
if known is not None:
    ratio = in_step["in_sync_ratio"].value or 0
    assert abs(ratio - (ordered <= IN_SYNC_MS).mean()) < 1 - ratio, "by time and by heartbeat they are near each other"
    # Players are made to wander by some 45 ms where the connection is good, and to lag behind for a while after a stall.
    assert desk.USUAL.drift_sigma_ms / 2 < exact["drift_p50_ms"] < 3 * desk.USUAL.drift_sigma_ms
    assert exact["drift_p99_ms"] > desk.USUAL.stall_median_ms / 2, "stalls are in the tail"

# %%
desk.Told(
    f"{in_step['in_sync_ratio'].value or 0:.2%} of what was watched was watched within {IN_SYNC_MS} ms of everybody else. Half of "
    f"{len(ordered):,} heartbeats are within {exact['drift_p50_ms']:.0f} ms, 95 of 100 within {exact['drift_p95_ms']:.0f} ms, 99 "
    f"within {exact['drift_p99_ms']:.0f} ms. The dashboards' sketch says {in_step['drift_p50_ms'].value or 0:.0f}, "
    f"{in_step['drift_p95_ms'].value or 0:.0f} and {in_step['drift_p99_ms'].value or 0:.0f} ms: within the 1 % that it promises."
)
