"""What the jobs that tell of the whole platform by day have in common: which days to compute, and the rows themselves."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pymongo.database import Database

from conf.clock import utc
from pipeline.aggregations.day import Kind
from pipeline.aggregations.scopes import CANARY
from pipeline.finals import day_final_ms
from pipeline.jobs.job import Work
from pipeline.lake import Lake
from pipeline.slots import DAY_MS, Moment, day_of, day_start_ms
from store.aggregates import AggregatesWriter, aggregate_id, digest
from store.documents import Aggregate
from store.home_tables import Files, HomeTables

LATE_DAYS = 8
"""Events come up to seven days late: so many days are computed again each time, and replaced where they differ."""
WHOLE = "all"


def row(
    family: str,
    window: str,
    version: int,
    values: dict[str, Any],
    moment: Moment,
    *,
    kind: Kind = "platform",
    subject: str = WHOLE,
) -> Aggregate:
    """Make the row of a window, a day or `all`; a day's is provisional until it is final."""
    return Aggregate(
        id=aggregate_id(family, kind, subject, window),
        family=family,
        kind=kind,
        subject=subject,
        window=window,
        definition_version=version,
        computed_at=utc(moment.now_ms),
        complete_until=utc(moment.complete_ms),
        provisional=window != WHOLE and moment.complete_ms < day_final_ms(window),
        values=values,
        digest=digest(values),
    )


def days_to_compute(work: Work, family: str, first: int, last: int, changed: Iterable[int] = ()) -> list[int]:
    """Give the numbers of the days `first` … `last` that have no row, are late or provisional, or follow one that has `changed`.

    Of a span that is to be done again all days are computed.
    """
    writer = AggregatesWriter(work.database)
    known = {number(day) for day in writer.windows_after(family, "")}
    provisional = {number(day) for day in writer.provisional_windows((family,), until=day_of(last * DAY_MS))}
    again = [int(work.span.from_ms // DAY_MS) - LATE_DAYS] if work.span.again else []
    since = min([last - LATE_DAYS + 1, *changed, *again])
    return [day for day in range(first, last + 1) if day >= since or day not in known or day in provisional]


def number(day: str) -> int:
    """Give the number of a day since 1970."""
    return day_start_ms(day) // DAY_MS


def people_s_homes(database: Database[dict[str, Any]]) -> dict[str, Files]:
    """Name the files of all homes but that of our own parties."""
    return {home: files for home, files in HomeTables(database).all().items() if home != CANARY}


def read_columns(lake: Lake, name: str, columns: Iterable[str]) -> pd.DataFrame:
    """Read some columns of a file of a table."""
    wanted = list(columns)
    found: pd.DataFrame = lake.read_table(name, columns=wanted).select(wanted).to_pandas()
    return found
