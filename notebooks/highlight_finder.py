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
# # Tuning the highlight finder
#
# A made-up history knows at which moments its parties cried out. So the finder can be scored: *precision* is the share of
# its highlights that are such moments, *recall* the share of such moments that it finds. The screws are those of
# `pipeline.aggregations.highlights`; what is turned here changes nothing there.

# %%
from collections.abc import Iterator
from contextlib import contextmanager

import altair as alt
import desk
import pandas as pd

import pipeline
from pipeline.aggregations import highlights as finder

alt.renderers.enable("svg")
url, known = desk.made_up()
tables = pipeline.open_lake(url).tables()
voices = dict(iter(tables["voices"].groupby("party_id")))
presence = dict(iter(tables["presence"].groupby("party_id")))
NEAR_MS = 10_000

# %% [markdown]
# ## One party

# %%
party = max(voices, key=lambda name: (len(known.bursts_of(name)), name))
spoken = pd.DataFrame({"bin": voices[party]["at"] // finder.BIN_MS * finder.BIN_MS}).groupby("bin").size()
timeline = spoken.rename("voices").reset_index().assign(at=lambda rows: pd.to_datetime(rows["bin"], unit="ms"))
found = pd.DataFrame(
    finder.highlights(voices[party], presence[party]), columns=["start_ms", "end_ms", "at_ms", "score", "people"]
)
planted = pd.DataFrame({"at": pd.to_datetime([burst.at_ms for burst in known.bursts_of(party)], unit="ms")})
spans = found.assign(at=pd.to_datetime(found["start_ms"], unit="ms"), to=pd.to_datetime(found["end_ms"], unit="ms"))
(
    alt.Chart(spans).mark_rect(opacity=0.3, color="orange").encode(x="at", x2="to")
    + alt.Chart(timeline).mark_tick().encode(x=alt.X("at", title=None), y="voices")
    + alt.Chart(planted).mark_rule(color="red", strokeDash=[3, 3]).encode(x="at")
)

# %%
found

# %% [markdown]
# ## Scored, and turned


# %%
@contextmanager
def turned(**screws: float) -> Iterator[None]:
    """Turn screws of the finder for a while."""
    before = {name: getattr(finder, name) for name in screws}
    try:
        for name, value in screws.items():
            setattr(finder, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(finder, name, value)


def score() -> dict[str, float]:
    """Compare what is found in all parties with what was planted."""
    right = listed = hit = 0
    for name, said in voices.items():
        highlights = finder.highlights(said, presence[name])
        bursts = known.bursts_of(name)
        near = [
            [one["start_ms"] - NEAR_MS <= burst.at_ms <= one["end_ms"] + NEAR_MS for burst in bursts]
            for one in highlights
        ]
        listed += len(highlights)
        right += sum(any(row) for row in near)
        hit += sum(any(column) for column in zip(*near, strict=True))
    return {"precision": right / listed if listed else 1.0, "recall": hit / len(known.bursts), "found": listed}


usual = score()
thresholds = pd.DataFrame()
for z in (0.5, 1.0, 1.5, 2.0, finder.THRESHOLD, 4.0, 6.0, 10.0):
    with turned(THRESHOLD=z):
        thresholds = pd.concat([thresholds, pd.DataFrame([{"z": z, **score()}])], ignore_index=True)
thresholds

# %%
alt.Chart(thresholds.melt("z", ["precision", "recall"], "measure", "share")).mark_line(point=True).encode(
    x=alt.X("z", scale=alt.Scale(type="log")), y="share", color="measure"
)

# %% [markdown]
# How many people it takes, and the lag by which a highlight is moved back: people need some seconds until they have typed.

# %%
people = pd.DataFrame()
for fewest in (1, 2, finder.FEWEST_PEOPLE, 4, 6):
    with turned(FEWEST_PEOPLE=fewest):
        people = pd.concat([people, pd.DataFrame([{"people": fewest, **score()}])], ignore_index=True)
people

# %%
offs = [
    (one["at_ms"] + finder.LAG_MS - burst.at_ms) / 1000
    for name, said in voices.items()
    for one in finder.highlights(said, presence[name])
    for burst in known.bursts_of(name)
    if one["start_ms"] - NEAR_MS <= burst.at_ms <= one["end_ms"] + NEAR_MS
]
lag = pd.Series(offs, name="seconds from the moment to the peak of what was said", dtype="float64")
lag.describe().round(1)

# %% [markdown]
# ## Is that true?

# %%
GOOD = 0.8
assert usual["precision"] >= GOOD, usual
assert usual["recall"] >= GOOD, usual
assert list(thresholds["recall"]) == sorted(thresholds["recall"], reverse=True), "a higher threshold finds no more"
both = thresholds["precision"] * thresholds["recall"]
mine = both[thresholds["z"] == finder.THRESHOLD].iloc[0]
assert mine >= both.max() * GOOD, "the threshold in use is near the best"
assert abs(lag.median() * 1000 - finder.LAG_MS) <= finder.BIN_MS, "the lag in use is right to a bin"

# %%
best = thresholds.loc[both.idxmax()]
desk.Told(
    f"Of {len(known.bursts)} planted moments the finder has {usual['recall']:.0%}, and {usual['precision']:.0%} of the "
    f"{usual['found']} that it lists are such moments, with z ≥ {finder.THRESHOLD:g} and {finder.FEWEST_PEOPLE} people. "
    f"Precision times recall is greatest at z ≥ {best['z']:g} ({both.max():.2f}; in use: {mine:.2f}). What is said peaks "
    f"{lag.median():.1f} s after the moment; highlights are moved back by {finder.LAG_MS / 1000:g} s."
)
