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
# # How far the sketches are off
#
# Quantiles come from histograms with buckets that grow by 2 %, and large sets of people from their 4,096 smallest hashes. Both
# can be merged in any order with the same result to the byte. Here they are beside the exact answers.

# %%
import math

import altair as alt
import desk
import numpy as np
import pandas as pd

import pipeline
from pipeline.aggregations.quantiles import counts_of
from pipeline.aggregations.user_days import user_days
from store import sketches

alt.renderers.enable("svg")
desk.answers()
lake = pipeline.open_lake()
views = lake.table("views")

# %% [markdown]
# ## Quantiles
#
# Of start-up times and lengths of stalls, and of numbers drawn log-normally, as times often are.

# %%
stalls = lake[lake["type"] == "view.stalled"]["stall_ms"].dropna().compute()
chance = np.random.default_rng(desk.SEED)
samples = {
    "startup_ms": np.sort(views["startup_ms"].dropna().to_numpy("float64")),
    "stall_ms": np.sort(stalls.to_numpy("float64")),
    "log-normal": np.sort(np.exp(chance.normal(6, 2, 100_000))),
}
rows = []
for name, values in samples.items():
    histogram = {"counts": counts_of(values)}
    for q in np.linspace(0.01, 0.999, 100):
        exact = float(values[max(0, math.ceil(q * len(values)) - 1)])
        told = sketches.quantile(histogram, float(q))
        assert told is not None
        rows.append({"of": name, "q": q, "exact": exact, "off": told / exact - 1 if exact >= 1 else 0.0})
quantiles = pd.DataFrame(rows)
bound = alt.Chart(pd.DataFrame({"off": [-sketches.QUANTILE_ERROR, sketches.QUANTILE_ERROR]})).mark_rule(
    strokeDash=[4, 4]
)
alt.Chart(quantiles).mark_line().encode(
    x="q", y=alt.Y("off", title="relative error", axis=alt.Axis(format=".1%")), color="of"
) + bound.encode(y="off")

# %% [markdown]
# ## People
#
# Exact up to 4,095 of them; above, an estimate. Each point is another set of people.

# %%
sizes = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]
TIMES = 4
drawn = []
for size in sizes:
    for number in range(TIMES):
        crowd = sketches.people((f"u:{number}-{size}-{person}", 1) for person in range(size))
        drawn.append({"people": size, "off": sketches.size(crowd).people / size - 1})
crowds = pd.DataFrame(drawn)
alt.Chart(crowds).mark_point().encode(
    x=alt.X("people", scale=alt.Scale(type="log")), y=alt.Y("off", title="relative error", axis=alt.Axis(format=".1%"))
)

# %% [markdown]
# ## Days of this lake, put together
#
# The users of each day as a set, united; beside them the users counted one by one. Each is there on many days and counts once.

# %%
of_users = user_days(views)
of_days = [sketches.people((viewer, 1) for viewer in day["viewer"]) for _, day in of_users.groupby("day")]
united = sketches.union(of_days)
{
    "united": sketches.size(united).people,
    "one by one": of_users["viewer"].nunique(),
    "days added up": sum(sketches.size(day).people for day in of_days),
}

# %% [markdown]
# ## In any order
#
# Parts of a large set and of a histogram, shuffled and merged in two steps: the same again.

# %%
parts = [sketches.people((f"u:{person}", 1) for person in range(start, start + 900)) for start in range(0, 9_000, 300)]
pieces = [{"counts": counts_of(piece)} for piece in np.array_split(chance.permutation(samples["log-normal"]), 20)]
order = chance.permutation(len(parts))
crowd_again = sketches.union(
    [sketches.union(parts[place] for place in order[:11]), *(parts[place] for place in order[11:])]
)
histogram_again = sketches.merged_histograms(reversed(pieces))

# %% [markdown]
# ## Is that true?

# %%
SIGMAS = 4
assert (quantiles["off"].abs() <= sketches.QUANTILE_ERROR * (1 + 1e-9)).all()
small = crowds["people"] < sketches.SMALLEST
assert (crowds.loc[small, "off"] == 0).all()
assert (crowds.loc[~small, "off"].abs() <= SIGMAS * sketches.PEOPLE_ERROR).all()
assert sketches.size(united).people == of_users["viewer"].nunique()
assert sketches.union(parts) == crowd_again
assert sketches.merged_histograms(pieces) == histogram_again == {"counts": counts_of(samples["log-normal"])}

# %%
desk.Told(
    f"No quantile of {len(quantiles)} is off by more than {quantiles['off'].abs().max():.2%}; {sketches.QUANTILE_ERROR:.2%} is the "
    f"bound. Sets of up to {sketches.SMALLEST - 1:,} people are exact; {(~small).sum()} larger ones are off by "
    f"{crowds.loc[~small, 'off'].std():.1%} (standard deviation; {sketches.PEOPLE_ERROR:.1%} is promised), the worst by "
    f"{crowds['off'].abs().max():.1%}. Merged in another order, both come to the same bytes."
)
