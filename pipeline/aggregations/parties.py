"""Parties: one row a party, with whose it was, when it did what, and how often what was done in it."""

import numpy as np
import pandas as pd

from pipeline.aggregations.concurrency import levels, peaks
from pipeline.aggregations.rows import KIND, NONE, Ints, Rows, nullable

TIMES = {
    "created": "party.created",
    "opened": "party.opened",
    "first_started": "party.started",
    "first_played": "playback.played",
    "ended": "party.ended",
}
"""Columns that tell when something happened first, ms."""
COUNTS = {
    "invited": ("party.invited",),
    "accepted": ("party.invite_accepted",),
    "rsvps": ("party.rsvp",),
    "plays": ("playback.played",),
    "pauses": ("playback.paused",),
    "seeks": ("playback.sought",),
    "rates": ("playback.rate",),
    "videos": ("playback.video_changed",),
    "waits": ("playback.waited",),
    "polls": ("poll.opened",),
    "moderations": ("member.kicked", "member.banned", "member.muted", "chat.deleted"),
}
COLUMNS = (
    "party_id", "host", "scheduled", *TIMES, "joined", "rejoined", *COUNTS, "peak", "first_alive", "last_alive",
)  # fmt: skip


def parties(rows: Rows, present: pd.DataFrame, cut: pd.DataFrame) -> pd.DataFrame:
    """Make one row a party, columns `COLUMNS`. `present` is its presence, `cut` that within its live windows."""
    n = len(rows.party.names)
    party = rows.party.codes
    found: dict[str, object] = {"party_id": rows.party.names, "host": rows.viewer.words(_host(rows, n))}
    found["scheduled"] = nullable(_scheduled(rows, n))
    found |= {
        column: nullable(_earliest(party, rows.at_ms, rows.kind == KIND[kind], n)) for column, kind in TIMES.items()
    }
    names = pd.Index(rows.party.names, dtype="object")
    found["joined"], found["rejoined"] = _people(names, present)
    found |= {column: np.bincount(party[rows.is_kind(*kinds)], minlength=n) for column, kinds in COUNTS.items()}
    place = names.get_indexer(cut["party_id"])
    found["peak"] = peaks(levels(place, cut["start"].to_numpy("int64"), cut["end"].to_numpy("int64")), n)
    alive = rows.kind != KIND["party.created"]
    found["first_alive"] = nullable(_earliest(party, rows.at_ms, alive, n))
    found["last_alive"] = nullable(_latest(party, rows.at_ms, alive, n))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _people(names: pd.Index, present: pd.DataFrame) -> tuple[Ints, Ints]:
    """Count the people of each party, and those who were there more than once."""
    known = present[present["viewer"].notna()]
    viewers, _ = pd.factorize(known["viewer"])
    width = int(viewers.max(initial=0)) + 1
    pairs, times = np.unique(names.get_indexer(known["party_id"]) * width + viewers, return_counts=True)
    party = pairs // width
    return np.bincount(party, minlength=len(names)), np.bincount(party[times > 1], minlength=len(names))


def while_live(present: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Cut each presence to the live windows of its party."""
    met = present.merge(windows, on="party_id", how="inner")
    met["start"] = met[["start", "opens"]].max(axis=1)
    met["end"] = met[["end", "closes"]].min(axis=1)
    return met[met["start"] < met["end"]].drop(columns=["opens", "closes"]).reset_index(drop=True)


def _host(rows: Rows, n: int) -> Ints:
    """Find who created each party."""
    place = np.flatnonzero(rows.kind == KIND["party.created"])
    place = place[np.lexsort((rows.id_ranks(place), rows.at_ms[place]))][::-1]
    host = np.full(n, NONE)
    host[rows.party.codes[place]] = rows.viewer.codes[place]
    return host


def _scheduled(rows: Rows, n: int) -> Ints:
    """Take the time for which each party was scheduled last."""
    wanted = rows.whole("scheduled_at")
    place = np.flatnonzero(rows.is_kind("party.created", "party.rescheduled"))
    place = place[np.lexsort((rows.id_ranks(place), rows.at_ms[place]))]
    found = np.full(n, NONE)
    found[rows.party.codes[place]] = wanted[place]
    return found


def _earliest(party: Ints, at: Ints, chosen: np.ndarray, n: int) -> Ints:
    found = np.full(n, np.iinfo("int64").max)
    np.minimum.at(found, party[chosen], at[chosen])
    return np.where(found == np.iinfo("int64").max, NONE, found)


def _latest(party: Ints, at: Ints, chosen: np.ndarray, n: int) -> Ints:
    found = np.full(n, NONE)
    np.maximum.at(found, party[chosen], at[chosen])
    return found
