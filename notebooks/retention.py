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
# # Retention and key moments
#
# How a video holds its viewers. Retention R(b) is the plays of each hundredth of the video divided by its views, so it
# exceeds 1 where people go back; strict retention U(b) counts each view once.

# %%
import altair as alt
import desk
import numpy as np
import pandas as pd

import pipeline
from pipeline.aggregations.key_moments import key_moments, rolling_median
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.relative_retention import FEWEST_PEERS, relative_retention
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS

alt.renderers.enable("svg")
known = desk.answers()
lake = pipeline.open_lake()
reports = party_reports(lake.tables())

# %% [markdown]
# ## The video that was seen most
#
# Every party tells the plays of its films; merged they are those of the video.

# %%
films = merged(reports.values())["films"]
video = max(films, key=lambda name: (films[name]["views"], name))
film = films[video]
curve = pd.DataFrame(
    {
        "minute": (np.arange(100) + 0.5) * film["duration_ms"] / 100 / 60_000,
        "R": np.array(film["plays"]) / film["views"],
        "U": np.array(film["people"]) / film["views"],
    }
)
curve["typical"] = rolling_median(curve["R"].to_numpy())
lines = curve.melt("minute", var_name="curve", value_name="retention")
moments = key_moments(film["plays"], film["views"], film["duration_ms"])
marks = pd.DataFrame(
    [
        {"minute": one["at_ms"] / 60_000, "retention": one["retention"], "kind": kind[:-1]}
        for kind in ("spikes", "dips")
        for one in (moments or {}).get(kind, [])
    ],
    columns=["minute", "retention", "kind"],
)
drawn = alt.Chart(lines).mark_line().encode(x="minute", y="retention", color="curve")
points = (
    alt.Chart(marks).mark_point(size=90, filled=True, color="black").encode(x="minute", y="retention", shape="kind")
)
drawn + points if len(marks) else drawn

# %% [markdown]
# ## Its key moments
#
# Spikes and dips lie further from the rolling median than chance explains; flat stretches are where nobody leaves. With
# fewer than 20 views there are none: one person who goes back twice would be a moment.

# %%
moments

# %% [markdown]
# ## How many see the end

# %%
reached = merged(reports.values())
names = ["completion_25", "completion_50", "completion_75", "completion_95", "completion_rate"]
ends = {name: figure(DEFINITIONS[name], reached) for name in names}
ladder = pd.DataFrame({"figure": names, "share": [ends[name].value for name in names]})
alt.Chart(ladder).mark_bar().encode(x=alt.X("share", scale=alt.Scale(domain=[0, 1])), y=alt.Y("figure", sort=None))

# %% [markdown]
# ## Against videos of similar length
#
# A rank needs enough peers with enough views; where there are too few the answer is none.

# %%
relative = relative_retention(lake.table("films"))
ranked = relative[relative["percentiles"].notna()]
relative.sort_values("views", ascending=False).head()

# %% [markdown]
# ## Is that true?

# %%
if known is not None:
    assert sum(one["views"] for one in films.values()) == known.total("views")
    assert reached["sums"]["views"] == known.total("views")
    assert moments is not None, "the most popular film of a history has enough views"
for one in films.values():
    plays, people = np.array(one["plays"]), np.array(one["people"])
    assert (people <= plays).all(), "who plays a bin twice counts once"
    assert (people <= one["views"]).all()
assert all(peers >= FEWEST_PEERS for peers in ranked["peers"])
by_share = [ends[name].value for name in names[:-1] if ends[name].value is not None]
assert by_share == sorted(by_share, reverse=True), "who has seen three quarters has seen a half"

# %%
half = curve.loc[curve["U"] < curve["U"].iloc[0] / 2, "minute"]
found = {kind: len((moments or {}).get(kind, [])) for kind in ("spikes", "dips", "flat")}
desk.Told(
    f"Of {film['views']} views of the most seen video, {curve['U'].iloc[0]:.0%} played its first hundredth (others came later) and {curve['U'].iloc[-1]:.0%} "
    f"its last; "
    + (f"half of those who began are gone after {half.iloc[0]:.0f} minutes. " if len(half) else "more than half stay. ")
    + f"It has {found['spikes']} spikes, {found['dips']} dips and {found['flat']} flat stretches. Of all views with a known "
    f"length {ends['completion_rate'].value or 0:.0%} are complete. {len(ranked)} of {len(relative)} videos have enough "
    f"peers for a rank."
)
