"""Accepted watch: how much of the time that each heartbeat claims is believed.

    w_i = min(watched_i, received_i - received_{i-1} + 5 s, 2H)

`received` is the server's clock, so that no client can claim more than the time that passed. The first heartbeat of a
session is measured from the session's first event (its join); where it is itself the first, only 2H bounds it.
"""

import numpy as np
import pandas as pd

HEARTBEAT_MS = 10_000
"""H: viewers report each ten seconds."""
SLACK_MS = 5_000
"""A heartbeat may be late by this much, and the one after it early."""


def accepted(facts: pd.DataFrame) -> pd.DataFrame:
    """Make one row a heartbeat: party_id, session_id, at, accepted (ms), in the order received."""
    rows = facts[facts["session_id"].notna()].sort_values(["party_id", "session_id", "received", "at", "event_id"])
    rows = rows.assign(first=rows.groupby(["party_id", "session_id"], sort=False)["received"].transform("first"))
    first_row = ~rows.duplicated(["party_id", "session_id"])
    rows["alone"] = first_row
    beats = rows[rows["kind"] == "watched"].copy()
    before = beats.groupby(["party_id", "session_id"], sort=False)["received"].shift()
    since = beats["received"] - before.fillna(beats["first"])
    limit = np.where(beats["alone"], 2 * HEARTBEAT_MS, np.minimum(since + SLACK_MS, 2 * HEARTBEAT_MS))
    claimed = beats["watched"].fillna(0).clip(lower=0)
    beats["accepted"] = np.minimum(claimed, limit).astype("int64")
    return beats[["party_id", "session_id", "at", "accepted"]].reset_index(drop=True)
