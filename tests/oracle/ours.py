"""Our side: a raw lake through the pipeline's own functions, home by home, as the values that would be published."""

import math
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.aggregations import activity
from pipeline.aggregations.day import FAMILIES, days
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.rows import RAW_COLUMNS
from pipeline.aggregations.scopes import SUBJECT, scoped
from pipeline.aggregations.tables import SCHEMAS, tables_of
from pipeline.aggregations.user_days import user_days
from pipeline.homes import by_home
from pipeline.tables import as_tables, days_of
from tests.oracle.recount_scopes import Scope

Values = dict[str, Any]


def raw(lake: Path) -> pa.Table:
    """Read every event of a party, in the present schema."""
    files = sorted((lake / "raw").glob("*/*/*.parquet"))
    read = [schema.adapted(pq.ParquetFile(file).read()).select(list(RAW_COLUMNS)) for file in files]
    events = pa.concat_tables(read).unify_dictionaries()
    return events.filter(pc.is_valid(events["party_id"]))


def published(lake: Path) -> dict[Scope, Values]:
    """Compute the values of all scopes of a lake."""
    events = raw(lake)
    homes = by_home(pc.unique(events["party_id"]).to_pylist())
    made = [tables_of(events.filter(pc.is_in(events["party_id"], pa.array(names)))) for names in homes.values()]
    tables = as_tables({name: pa.concat_tables([each[name] for each in made]).unify_dictionaries() for name in SCHEMAS})
    found: dict[Scope, Values] = {("party_report", party, "all"): row for party, row in party_reports(tables).items()}
    on_days = sorted({day for each in made for day in days_of(each)})
    for day in on_days:
        for family, rows in days(tables, day).items():
            found |= {(family, subject, day): values for subject, values in rows.items()}
    _add_new_viewers(found, tables)
    _add_active_users(found, tables)
    return found


def _add_new_viewers(found: dict[Scope, Values], tables: Any) -> None:
    """Count people on the day of their first view of a subject, as `store.first_views` keeps it."""
    views = tables["views"][tables["views"]["is_view"] & tables["views"]["viewer"].notna()]
    for family, (_, members_of) in FAMILIES.items():
        names, joined = scoped({"views": views}, members_of(tables))
        first = joined["views"].groupby([SUBJECT, "viewer"], observed=True)["at"].min()
        new: dict[tuple[str, str], int] = defaultdict(int)
        for (code, _), at in first.items():
            new[names[code], schema_day(int(at))] += 1
        for (of, subject, window), values in found.items():
            if of == family:
                values["sums"]["new_viewers"] = new[subject, window]


def _add_active_users(found: dict[Scope, Values], tables: Any) -> None:
    active = activity.active_days(user_days(tables["views"]))
    numbers = {scope: number_of(scope[2]) for scope in found if scope[0] == "platform_day"}
    first = min([*numbers.values(), *active["day"].astype(int)], default=0)
    last = max([*numbers.values(), first])
    by_day = activity.counts(active, first, last)
    for scope, day in numbers.items():
        row = by_day.loc[day]
        found[scope]["sums"] |= {name: int(row[name]) for name in ("dau", "wau", "mau")}
        if not math.isnan(row["stickiness"]):
            month = int(by_day["dau"].loc[max(first, day - 27) : day].sum())
            found[scope]["sums"] |= {"dau_sum": month, "dau_days": 28}
        else:
            found[scope]["sums"] |= {"dau_sum": 0, "dau_days": 0}


def number_of(day: str) -> int:
    return int(datetime.fromisoformat(day + "T00:00+00:00").timestamp()) // 86_400


def schema_day(at_ms: int) -> str:
    return str(pc.strftime(pa.scalar(at_ms, pa.timestamp("ms")), "%Y-%m-%d"))[:10]
