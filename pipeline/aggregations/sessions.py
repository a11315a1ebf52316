"""Presence: when each session was in its party, as intervals.

A session opens with its join (its first event, where the join is missing) and closes with its leave. Connections drop:
a join within 3H of a leave carries the session on; a later one opens it again. Where a leave is missing the session is
closed at its last event + 3H, marked `timed_out`: at the end, and before a join that follows more than 3H of silence. A
leave of an older connection than the one joined last closes nothing (half-open sockets are found late), but shows that
the silence before it was a viewer's, not a dead server's.
"""

import pandas as pd

from pipeline.aggregations.watch import HEARTBEAT_MS

TIMEOUT_MS = 3 * HEARTBEAT_MS

COLUMNS = ["party_id", "session_id", "viewer", "start", "end", "timed_out"]
_SESSION = ["party_id", "session_id"]
_RANK = {"joined": 0, "left": 2}


def sessions(facts: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each interval of presence, columns `COLUMNS`, times in ms."""
    rows = facts[facts["session_id"].notna() & (facts["kind"] != "created")].copy()
    rows["rank"] = rows["kind"].map(_RANK).fillna(1)
    rows = rows.sort_values([*_SESSION, "at", "rank", "event_id"], ignore_index=True)
    rows["joined_by"] = rows["connection_id"].where(rows["kind"] == "joined").groupby(_keys(rows), sort=False).ffill()
    rows["held_until"] = _held_until(rows)
    rows = _without_echoes(_without_stale_leaves(rows))
    by = rows.groupby(_SESSION, sort=False)
    previous_kind, silence = by["kind"].shift(), rows["at"] - by["at"].shift()
    still_held = by["held_until"].shift() >= rows["at"]
    may_open = (previous_kind == "left") | ((rows["kind"] == "joined") & ~still_held)
    opens = previous_kind.isna() | (may_open & (silence > TIMEOUT_MS))
    rows["piece"] = opens.cumsum()
    pieces = rows.groupby("piece", sort=True)
    found = pieces.agg(
        party_id=("party_id", "first"),
        session_id=("session_id", "first"),
        start=("at", "first"),
        last=("at", "last"),
        last_kind=("kind", "last"),
    )
    found["timed_out"] = found["last_kind"] != "left"
    found["end"] = found["last"] + found["timed_out"] * TIMEOUT_MS
    found["viewer"] = _viewers(facts, found)
    return found[COLUMNS].reset_index(drop=True)


def _keys(rows: pd.DataFrame) -> list[pd.Series]:
    return [rows["party_id"], rows["session_id"]]


def _held_until(rows: pd.DataFrame) -> pd.Series:
    """Tell until when the connection that joined last was there, where its leave is known."""
    leaves = rows[(rows["kind"] == "left") & rows["connection_id"].notna()]
    known = leaves.groupby([*_SESSION, "connection_id"])["at"].max()
    wanted = pd.MultiIndex.from_arrays([*_keys(rows), rows["joined_by"]])
    return pd.Series(known.reindex(wanted).to_numpy("float64", na_value=float("nan")), index=rows.index)


def _without_stale_leaves(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop leaves of a connection that another join of the same session has replaced."""
    named = (rows["kind"] == "left") & rows["connection_id"].notna() & rows["joined_by"].notna()
    return rows[~(named & (rows["connection_id"] != rows["joined_by"]))].reset_index(drop=True)


def _without_echoes(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop events other than joins that follow a leave within 3H: the last words of a client whose clock runs ahead."""
    left_at = rows["at"].where(rows["kind"] == "left").groupby(_keys(rows), sort=False).ffill()
    doors = rows["kind"].isin(["left", "joined"])
    last_door = rows["kind"].where(doors).groupby(_keys(rows), sort=False).ffill()
    echo = ~doors & (last_door == "left") & (rows["at"] - left_at <= TIMEOUT_MS)
    return rows[~echo].reset_index(drop=True)


def _viewers(facts: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Name each session's person: its user where any event has one (`u:` sorts after `g:`), else its guest, else none."""
    known = facts.dropna(subset=["viewer"]).groupby(_SESSION, sort=False)["viewer"].max()
    return pd.Series(
        [known.get((party, session)) for party, session in zip(found["party_id"], found["session_id"], strict=True)],
        index=found.index,
        dtype="object",
    )
