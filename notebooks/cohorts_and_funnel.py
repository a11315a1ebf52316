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
# # Cohorts and the funnel
#
# Who comes back, and how far newcomers get. Guests are in neither: a guest is a new one in each party.

# %%
import altair as alt
import desk
import pandas as pd

import pipeline
from pipeline.aggregations import activity, cohorts, funnel
from pipeline.aggregations.user_days import user_days
from pipeline.jobs import people
from pipeline.lake import Lake
from pipeline.slots import DAY_MS, day_of

alt.renderers.enable("svg")
known = desk.answers()
lake = pipeline.open_lake()
_, happened = people.known(Lake(url=lake.url), lake.files(), lake.table("steps"))
active = activity.active_days(user_days(lake.table("views")))
complete_ms = known.to_ms if known is not None else int(lake["received_at"].max().compute().timestamp() * 1000)
complete_day = complete_ms // DAY_MS - 1

# %% [markdown]
# ## Active users

# %%
counts = activity.counts(active, int(active["day"].min()), complete_day)
daily = counts.reset_index().assign(day=lambda rows: [day_of(day * DAY_MS) for day in rows["day"]])
alt.Chart(daily.melt("day", ["dau", "wau", "mau"], "active", "users")).mark_line(point=True).encode(
    x=alt.X("day", title=None), y="users", color="active"
)

# %% [markdown]
# ## Cohorts by the first active day
#
# As the dashboards have them. A cell whose day is not over is empty, never 0.

# %%
by_activity = cohorts.cohorts(active, complete_day)
returned = {kind: cohorts.retention(by_activity, kind) for kind in ("classic", "unbounded")}
pd.DataFrame({kind: {name: one["value"] for name, one in cells.items()} for kind, cells in returned.items()})

# %% [markdown]
# ## Cohorts by the day of registration
#
# The same function, told that to register is to be active: then everybody who registered is in a cohort, and the campaign
# that brought many at once can be seen.

# %%
registered = happened[happened["step"] == "registered"]
registered = pd.DataFrame({"viewer": registered["viewer"], "day": registered["at"] // DAY_MS})
newcomers = active[active["viewer"].isin(registered["viewer"])]
by_registration = cohorts.cohorts(pd.concat([registered, newcomers]).drop_duplicates(), complete_day)
cells = pd.DataFrame(
    [
        {"cohort": day_of(one["cohort"] * DAY_MS), "after": name, "size": one["size"], "share": back / one["size"]}
        for one in by_registration
        for name, back in one["classic"].items()
        if back is not None
    ]
)
alt.Chart(cells).mark_rect().encode(
    x=alt.X("after", title=None), y=alt.Y("cohort", title=None), color="share"
) + alt.Chart(cells).mark_text().encode(x="after", y="cohort", text=alt.Text("share", format=".0%"))

# %% [markdown]
# ## The funnel
#
# Registered, verified, first party joined, hosted one: in this order, each within its time. A step tells only of those whose
# time is over.

# %%
steps = pd.DataFrame(funnel.summary(happened, complete_ms))
steps

# %%
alt.Chart(steps).mark_bar().encode(x="people", y=alt.Y("step", sort=None, title=None), tooltip=["of", "conversion"])

# %% [markdown]
# ## Is that true?

# %%
if known is not None:
    for day, truth in known.days.items():
        number = int(pd.Timestamp(day).timestamp() * 1000) // DAY_MS
        if number in counts.index:
            assert counts.loc[number, "dau"] == truth.active_users, day
    ours = {day_of(one["cohort"] * DAY_MS): one for one in by_registration}
    for cohort in known.cohorts:
        assert ours[cohort.day]["size"] == cohort.users, cohort.day
        for n in cohorts.AFTER_DAYS:
            back = ours[cohort.day]["classic"][f"D{n}"]
            assert back is None or back == cohort.active.get(n), (cohort.day, n)
    assert steps["people"].iloc[0] == sum(day.registered for day in known.days.values())
    (campaign,) = [cohort for cohort in known.cohorts if cohort.campaign]
    assert max(ours, key=lambda day: ours[day]["size"]) == campaign.day, "the planted campaign is the largest cohort"
assert list(steps["of"]) == sorted(steps["of"], reverse=True)

# %%
largest = max(by_registration, key=lambda one: one["size"])
day_7 = returned["classic"]["D7"]
verified = steps.iloc[1]
desk.Told(
    f"{counts['dau'].mean():.0f} users are active on a typical day, {counts['mau'].iloc[-1]} in the last 28. "
    + (
        f"A week after their first day {day_7['value']:.0%} of {day_7['n']} were there. "
        if day_7["value"] is not None
        else ""
    )
    + f"Most registered on {day_of(largest['cohort'] * DAY_MS)}: {largest['size']} people"
    + (f", of whom {largest['classic']['D1']} came the day after. " if largest["classic"]["D1"] is not None else ". ")
    + f"Of {verified['of']} whose week to verify is over, {verified['people']} did."
)
