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
# # Concurrency and the life of parties
#
# How many watch at once, and what becomes of a party from its making to its end. A peak is not the sum of other peaks: each
# scope sweeps its own sessions.

# %%
import altair as alt
import desk
import pandas as pd

import pipeline
from pipeline.aggregations import concurrency
from pipeline.aggregations.parties import while_live
from pipeline.aggregations.party_report import party_reports
from store.figures import figure, merged
from store.metric_definitions import DEFINITIONS

alt.renderers.enable("svg")
known = desk.answers()
lake = pipeline.open_lake()
tables = lake.tables()
reports = party_reports(tables)

# %% [markdown]
# ## Everybody at once

# %%
live = while_live(tables["presence"], tables["windows"])
drawn = concurrency.curve(live["start"].to_numpy("int64"), live["end"].to_numpy("int64"))
level = pd.DataFrame(concurrency.points(drawn, 1_000), columns=["at", "viewers"])
level["at"] = pd.to_datetime(level["at"], unit="ms")
alt.Chart(level).mark_area(interpolate="step-after").encode(x=alt.X("at", title=None), y="viewers")

# %% [markdown]
# ## The largest party, as its report draws it

# %%
largest = max(
    reports, key=lambda party: (figure(DEFINITIONS["peak_concurrent_viewers"], reports[party]).value or 0, party)
)
report = reports[largest]
of_party = pd.DataFrame(report["series"]["concurrent_viewers"]["points"], columns=["at", "viewers"])
of_party["at"] = pd.to_datetime(of_party["at"], unit="ms")
alt.Chart(of_party).mark_line(interpolate="step-after").encode(x=alt.X("at", title=None), y="viewers")

# %% [markdown]
# ## From making to end

# %%
parties = tables["parties"]
life = pd.Series(
    {
        "made": int(parties["created"].notna().sum()),
        "with somebody in it": int((parties["joined"] > 0).sum()),
        "begun": int(parties["first_started"].notna().sum()),
        "ended": int(parties["ended"].notna().sum()),
    }
)
steps = life.rename_axis("step").reset_index(name="parties")
alt.Chart(steps).mark_bar().encode(x="parties", y=alt.Y("step", sort=None, title=None))

# %%
lives = pd.DataFrame([values["party"] for values in reports.values()])
minutes = (lives[["start_delay_ms", "lobby_ms", "time_to_peak_ms"]].astype("float64") / 60_000).describe().round(1)
minutes

# %%
together = merged(reports.values())
shown = ["co_watch_ratio", "rejoin_rate", "invite_conversion"]
shares = {name: figure(DEFINITIONS[name], together) for name in shown}
{name: (one.value, one.n, one.reason) for name, one in shares.items()}

# %% [markdown]
# ## Is that true?

# %%
if known is not None:
    assert set(reports) == set(known.parties)
    for party, truth in known.parties.items():
        sums = reports[party]["sums"]
        peak_of_party = figure(DEFINITIONS["peak_concurrent_viewers"], reports[party])
        assert (peak_of_party.value or 0) == truth.peak_concurrent_viewers, party
        assert sums["viewer_ms"] == truth.viewer_ms, party
        assert len(reports[party]["people"]["viewers"]["ids"]) == truth.unique_viewers, party
    assert life["made"] == sum(day.parties_created for day in known.days.values())
    assert together["sums"]["accepted"] == known.total("accepted")
peak = int(drawn.viewers.max())
peaks = [figure(DEFINITIONS["peak_concurrent_viewers"], values).value or 0 for values in reports.values()]
assert max(peaks) <= peak <= sum(peaks)

# %%
desk.Told(
    f"At most {peak} people watched at once; the largest party had {max(peaks)}, and the peaks of all parties add up to "
    f"{sum(peaks)}, which says nothing. Of {life['made']} parties {life['begun']} began and {life['ended']} were ended. "
    f"{shares['co_watch_ratio'].value or 0:.0%} of the time was watched in company, "
    f"{shares['rejoin_rate'].value or 0:.0%} of those who joined came back into the same party, and "
    f"{shares['invite_conversion'].value or 0:.0%} of the invitations were accepted."
)
