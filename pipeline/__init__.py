"""Analytics: events become a Parquet lake, the lake becomes the dashboards' aggregates. For notebooks: `open_lake`."""

from typing import Any


def open_lake(url: str, *, date: str | None = None) -> Any:
    """Open the raw lake at `url` as a Dask dataframe, all days or the one `date` (`2026-11-23`).

    Each row is one event (columns: docs/lake.md). A duplicate that a client sent again after midnight stands in both
    days: `drop_duplicates("event_id")` where that matters.
    """
    from pipeline.lake import Lake, as_dataframe  # noqa: PLC0415 - pyarrow and Dask load only for those who open the lake

    return as_dataframe(Lake(url=url), date=date)
