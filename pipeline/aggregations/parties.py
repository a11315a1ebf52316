"""Parties: whose each was, and when it was live."""

import pandas as pd

COLUMNS = ["party_id", "host", "created", "ended"]
WINDOWS = ["party_id", "opens", "closes"]
_STOPS = ["ended", "vacated"]


def parties(facts: pd.DataFrame) -> pd.DataFrame:
    """Make one row a party: its creator (`u:…`), when it was created and ended (ms, null where not seen)."""
    found = pd.DataFrame({"party_id": sorted(facts["party_id"].unique())})
    created = facts[facts["kind"] == "created"].drop_duplicates("party_id").set_index("party_id")
    ended = facts[facts["kind"] == "ended"].groupby("party_id")["at"].min()
    found["host"] = found["party_id"].map(created["viewer"])
    found["created"] = found["party_id"].map(created["at"]).astype("Int64")
    found["ended"] = found["party_id"].map(ended).astype("Int64")
    return found[COLUMNS]


def live_windows(facts: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each time that a party was live, columns `WINDOWS`, in ms.

    A window opens with `party.started`, the first presence where no start was seen, and closes with `party.ended`. One
    that nobody closed, or that was closed because everybody had long gone (`party.vacated`), closes with the last
    presence in it: minutes in an empty room are no live time.
    """
    found = []
    marks = facts[facts["kind"].isin(["started", *_STOPS])].sort_values(["party_id", "at", "event_id"])
    of_party = dict(iter(marks.groupby("party_id")))
    present = dict(iter(sessions.groupby("party_id")))
    for party in sorted({*of_party, *present}):
        there = present.get(party, sessions.iloc[:0])
        for opens, stop, closes in _pairs(of_party.get(party, marks.iloc[:0]), there):
            last = closes if stop == "ended" else _last_presence(there, opens, closes)
            if last > opens:
                found.append((party, opens, last))
    return pd.DataFrame(found, columns=WINDOWS).astype({"opens": "int64", "closes": "int64"})


def _pairs(marks: pd.DataFrame, there: pd.DataFrame) -> list[tuple[int, str, float]]:
    """Pair each start with the stop after it."""
    pairs: list[tuple[int, str, float]] = []
    opened = None if (marks["kind"] == "started").any() or there.empty else int(there["start"].min())
    for kind, at in zip(marks["kind"], marks["at"], strict=True):
        if kind == "started":
            opened = int(at) if opened is None else opened
        elif opened is not None:
            pairs.append((opened, kind, int(at)))
            opened = None
    if opened is not None:
        pairs.append((opened, "open", float("inf")))
    return pairs


def _last_presence(there: pd.DataFrame, opens: int, closes: float) -> int:
    inside = there[(there["start"] < closes) & (there["end"] > opens)]
    return int(min(inside["end"].max(), closes)) if len(inside) else opens
