"""The report of each party, family `party_report`: one row a party, window `all`."""

from typing import Any

import pandas as pd

from pipeline.aggregations.audience import audience, of_party, tables
from pipeline.aggregations.sessions import TIMEOUT_MS
from pipeline.slots import days_between

VERSION = 1


def party_reports(facts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Compute the values of every party in `facts`, by party id."""
    whole, days = tables(facts), _days(facts)
    reports = {}
    for party in whole.parties.itertuples():
        scope = of_party(whole, str(party.party_id))
        values = audience(scope)
        values["party"] = {
            "host_user_id": _user(party.host),
            "created_ms": _moment(party.created),
            "ended_ms": _moment(party.ended),
            "live": [[int(opens), int(closes)] for opens, closes in scope.windows[["opens", "closes"]].to_numpy()],
            "days": days.get(str(party.party_id), []),
        }
        reports[str(party.party_id)] = values
    return reports


def _days(facts: pd.DataFrame) -> dict[str, list[str]]:
    """Name the days in UTC, by party, on which something of it may count.

    Told from the events alone, so that more of them can only add days: one that counted by mistake, for a leave that
    came late, is computed again when that leave comes.
    """
    happened = facts[facts["kind"] != "created"].groupby("party_id")["at"].agg(["min", "max"])
    return {str(party): list(days_between(first, last + TIMEOUT_MS)) for party, first, last in happened.itertuples()}


def _user(viewer: object) -> str | None:
    return viewer[2:] if isinstance(viewer, str) and viewer.startswith("u:") else None


def _moment(at: Any) -> int | None:
    return None if pd.isna(at) else int(at)
