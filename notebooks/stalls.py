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
# # Stalls and slow starts against abandonment
#
# In the field, those who wait more than two seconds for a start give up, 5.8 % of them each further second, and one per cent
# of rebuffering costs five per cent of play (Krishnan and Sitaraman, IMC 2012). Made-up histories can have both by the
# measure: the same people in three worlds, of which one starts slowly and one stalls often. (With a lake of yours, only the
# last part is of it.)

# %%
import os

import altair as alt
import desk
import pandas as pd

import pipeline
from matinee.generator import Parameters
from pipeline.aggregations.figures import measured
from pipeline.aggregations.party_report import party_reports
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS

alt.renderers.enable("svg")
WORLDS = {
    "usual": Parameters(),
    "slow starts": Parameters(startup_median_ms=15_000),
    "many stalls": Parameters(stall_share=0.4),
}
EVENTS, DAYS = desk.EVENTS // 3, 7
made = {
    name: desk.made_up(name.replace(" ", "-"), events=EVENTS, days=DAYS, parameters=of) for name, of in WORLDS.items()
}
lakes = {name: pipeline.open_lake(url) for name, (url, _) in made.items()}

# %% [markdown]
# ## Three worlds

# %%
whole = {name: merged(party_reports(lake.tables()).values()) for name, lake in lakes.items()}
names = [
    "startup_p50_ms",
    "exits_before_start_ratio",
    "rebuffer_ratio",
    "average_percentage_viewed",
    "experience_score",
]
found = pd.DataFrame(
    {name: {one: figure(DEFINITIONS[one], values).value for one in names} for name, values in whole.items()}
).T
found = found.astype("float64")
found

# %%
worlds = found.rename_axis("world").reset_index()
bars = [
    alt.Chart(worlds, width=160).mark_bar().encode(x=alt.X("world", sort=None, title=None), y=name)
    for name in ("exits_before_start_ratio", "average_percentage_viewed", "experience_score")
]
alt.hconcat(*bars)

# %% [markdown]
# Where starts are slow, views may even look longer: the impatient are gone before they have one. That is why no figure
# stands alone here.

# %% [markdown]
# ## Within one world: views by how much they stalled
#
# Each view's own rebuffer ratio puts it into one of four groups; then the dictionary's figure of each group. Beware: a view
# that was left early had less time to stall in, hosts stay whatever happens, and people differ in more than their lines. So
# whatever this curve does, it tells no cause: only the worlds above do, which differ in nothing else.

# %%
SUMMED = ["attempts", "views", "percent_sum", "percent_n", "stall_ms", "watch_ms"]
own = pipeline.open_lake() if os.environ.get("MATINEE_LAKE") else lakes["many stalls"]
views = measured(own.table("views"))
views = views[views["is_view"]].rename(columns={"watched": "watch_ms"})
ratio = [figure(DEFINITIONS["rebuffer_ratio"], {"sums": view}).value for view in views[SUMMED].to_dict("records")]
groups = pd.qcut(pd.Series(ratio, index=views.index, dtype="float64"), 4, duplicates="drop").astype("str")
sums = views.groupby(groups)[SUMMED].sum()
grouped = pd.DataFrame(
    [
        {
            "rebuffering": name,
            "views": row["views"],
            "rebuffer_ratio": figure(DEFINITIONS["rebuffer_ratio"], {"sums": row}).value,
            "viewed": figure(DEFINITIONS["average_percentage_viewed"], {"sums": row}).value,
        }
        for name, row in sums.to_dict("index").items()
    ]
).sort_values("rebuffer_ratio")
grouped

# %%
alt.Chart(grouped).mark_line(point=True).encode(x="rebuffer_ratio", y="viewed")

# %% [markdown]
# ## Is that true?

# %%
for name, (_, known) in made.items():
    ours = whole[name]["sums"]
    for figure_s, truth_s in (
        ("attempts", "attempts"),
        ("failed", "failed"),
        ("started", "started"),
        ("stalls", "stalls"),
    ):
        assert ours[figure_s] == known.total(truth_s), (name, figure_s)
    assert ours["stall_ms"] == known.total("stall_ms"), name
    assert ours["watch_ms"] == known.total("watch_time_ms"), name
usual, slow, stalling = (found.loc[name] for name in WORLDS)
assert slow["startup_p50_ms"] > usual["startup_p50_ms"]
assert slow["exits_before_start_ratio"] > usual["exits_before_start_ratio"]
assert stalling["rebuffer_ratio"] > usual["rebuffer_ratio"]
assert stalling["average_percentage_viewed"] < usual["average_percentage_viewed"]
assert stalling["experience_score"] < usual["experience_score"]

# %%
lost = 1 - stalling["average_percentage_viewed"] / usual["average_percentage_viewed"]
desk.Told(
    f"Where half of all starts take more than {slow['startup_p50_ms'] / 1000:.1f} s instead of {usual['startup_p50_ms'] / 1000:.1f} s, "
    f"{slow['exits_before_start_ratio']:.1%} leave before the first picture instead of {usual['exits_before_start_ratio']:.1%}. Where "
    f"{stalling['rebuffer_ratio']:.1%} of the time is spent waiting instead of {usual['rebuffer_ratio']:.1%}, views are "
    f"{lost:.0%} shorter, and the experience score falls from {usual['experience_score']:.0f} to {stalling['experience_score']:.0f}."
)
