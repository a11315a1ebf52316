"""A host's day, family `host_day`: all parties that one person created, one day in UTC."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from pipeline.aggregations.audience import audience, of_time, tables
from pipeline.slots import day_start_ms

VERSION = 1
DAY_MS = 86_400_000


def host_days(facts: pd.DataFrame, days: Collection[str]) -> dict[str, dict[str, Any]]:
    """Compute the values of each of `days` over all parties in `facts`, which are those of one host."""
    whole = tables(facts)
    found = {}
    for day in sorted(days):
        begins = day_start_ms(day)
        scope = of_time(whole, begins, begins + DAY_MS)
        values = audience(scope)
        values["parties"] = sorted(set(scope.windows["party_id"]) | set(scope.sessions["party_id"]))
        found[day] = values
    return found
