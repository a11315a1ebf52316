"""What is told of any scope, a party or a host's day: its viewers, their watch time and their chat."""

from typing import Any, NamedTuple

import pandas as pd

from pipeline.aggregations import chat, concurrency
from pipeline.aggregations.parties import live_windows, parties
from pipeline.aggregations.sessions import sessions
from pipeline.aggregations.watch import accepted
from store.metric_definitions import DEFINITIONS

VIEW_MS = 3_000
"""A session is a view from this much accepted watch on."""


class Tables(NamedTuple):
    """The tables that all scopes are cut from. Times in ms; `party_id` in each."""

    parties: pd.DataFrame
    windows: pd.DataFrame
    """When each party was live; concurrency is told of these times only."""
    sessions: pd.DataFrame
    """Everybody's presence, live or before or after."""
    watched: pd.DataFrame
    """Accepted heartbeats."""
    views: pd.DataFrame
    """Sessions with at least `VIEW_MS` of accepted watch: `at` is their first heartbeat."""
    messages: pd.DataFrame


def tables(facts: pd.DataFrame) -> Tables:
    """Make the tables of all parties in `facts`."""
    present = sessions(facts)
    watched = accepted(facts)
    by_session = watched.groupby(["party_id", "session_id"], as_index=False).agg(
        at=("at", "min"), accepted=("accepted", "sum")
    )
    return Tables(
        parties=parties(facts),
        windows=live_windows(facts, present),
        sessions=present,
        watched=watched,
        views=by_session[by_session["accepted"] >= VIEW_MS],
        messages=facts.loc[facts["kind"] == "chat", ["party_id", "at", "viewer"]],
    )


def of_party(whole: Tables, party_id: str) -> Tables:
    """Take one party."""
    return Tables(*(table[table["party_id"] == party_id] for table in whole))


def of_time(whole: Tables, begins: int, ends: int) -> Tables:
    """Take what happened in [begins, ends), intervals cut to it."""
    return Tables(
        parties=whole.parties,
        windows=_cut(whole.windows, "opens", "closes", begins, ends),
        sessions=_cut(whole.sessions, "start", "end", begins, ends),
        watched=_inside(whole.watched, begins, ends),
        views=_inside(whole.views, begins, ends),
        messages=_inside(whole.messages, begins, ends),
    )


def audience(scope: Tables) -> dict[str, Any]:
    """Compute the metrics and series of a scope, and the parts by which a longer range adds them up."""
    live = _while_live(scope.sessions, scope.windows)
    curve = concurrency.sweep(live["start"].to_numpy("int64"), live["end"].to_numpy("int64"))
    windows = scope.windows[["opens", "closes"]].to_numpy("int64")
    live_ms, viewer_ms = concurrency.measure_ms(windows[:, 0], windows[:, 1]), concurrency.viewer_ms(curve)
    viewers, chatters = _people(scope.sessions["viewer"]), _people(scope.messages["viewer"])
    n = int(scope.sessions["session_id"].nunique())
    figures: dict[str, float | None] = {
        "watch_time_ms": int(scope.watched["accepted"].sum()),
        "views": len(scope.views),
        "unique_viewers": len(viewers),
        "peak_concurrent_viewers": concurrency.peak(curve),
        "average_concurrent_viewers": viewer_ms / live_ms if live_ms else None,
        "chat_messages": len(scope.messages),
        "unique_chatters": len(chatters),
    }
    return {
        # Each figure's n is the sessions that it was taken from: no message from ten sessions is a fact, none from none is not.
        "metrics": {name: {"value": value, "unit": DEFINITIONS[name].unit, "n": n} for name, value in figures.items()},
        "series": {
            "concurrent_viewers": {"unit": "count", "points": concurrency.points(curve)},
            "chat_messages_per_minute": {"unit": "count", "points": chat.per_minute(scope.messages)},
        },
        "parts": {"viewer_ms": viewer_ms, "live_ms": live_ms, "viewers": viewers, "chatters": chatters},
    }


def _while_live(sessions: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Cut each session to the live times of its party."""
    met = sessions[["party_id", "start", "end"]].merge(windows, on="party_id", how="inner")
    met["start"] = met[["start", "opens"]].max(axis=1)
    met["end"] = met[["end", "closes"]].min(axis=1)
    return met[met["start"] < met["end"]]


def _cut(rows: pd.DataFrame, first: str, last: str, begins: int, ends: int) -> pd.DataFrame:
    inside = rows[(rows[first] < ends) & (rows[last] > begins)]
    return inside.assign(**{first: inside[first].clip(lower=begins), last: inside[last].clip(upper=ends)})


def _inside(rows: pd.DataFrame, begins: int, ends: int) -> pd.DataFrame:
    return rows[(rows["at"] >= begins) & (rows["at"] < ends)]


def _people(names: pd.Series) -> list[str]:
    return sorted(str(name) for name in names.dropna().unique())
