"""Analytics: events become a Parquet lake, the lake becomes the dashboards' aggregates. For notebooks: `open_lake`."""

import os
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

DEFAULT_LAKE = "matinee-data/lake"

Homes = Mapping[str, Mapping[str, str]]
"""Names of files by home and table, as `store.home_tables.HomeTables.all()` gives them."""


class OpenLake:
    """A lake to explore: its raw events, and the tables that the dashboards are made of.

    `events` is a Dask dataframe, one partition a file; what one does to it can also be done to this object itself, as in
    `lake["type"].value_counts().compute()`.
    """

    def __init__(self, url: str, events: Any) -> None:
        self.url = url
        self.events = events

    def __getitem__(self, key: Any) -> Any:
        """Select of the events."""
        return self.events[key]

    def __getattr__(self, name: str) -> Any:
        """Do what the events can do. What is private is never theirs, or unpickling would go round in circles."""
        if name.startswith("_") or name in {"events", "url"}:
            raise AttributeError(name)
        return getattr(self.events, name)

    def table(self, name: str, *, homes: Homes | None = None, lazy: bool = False) -> Any:
        """Read one table whole, as pandas; with `lazy` as a Dask dataframe, one partition a home.

        The tables and their columns: `pipeline.aggregations.tables.SCHEMAS`; `steps` too, in which the job `people` keeps
        what accounts did. Without `homes` the files that count are found by listing; see `files`.
        """
        from pipeline.lake import LakeError  # noqa: PLC0415 - as in `open_lake`

        counted = self._listed(name) if homes is None else homes
        parts = [{home: files} for home, files in sorted(counted.items()) if name in files]
        if not parts:
            raise LakeError(f"lake {self.url}: no table {name}; `matinee pipeline run` makes it")
        if not lazy:
            return _table(dict(sorted(counted.items())), self.url, name)
        import dask.dataframe as dd  # noqa: PLC0415 - half a second that pandas alone has no use for

        return dd.from_map(_table, parts, url=self.url, name=name, meta=_table(parts[0], self.url, name).iloc[:0])

    def tables(self, *, homes: Homes | None = None) -> dict[str, Any]:
        """Read all tables as pandas: what the functions of `pipeline.aggregations` take."""
        from pipeline.aggregations.tables import SCHEMAS  # noqa: PLC0415
        from pipeline.lake import Lake  # noqa: PLC0415
        from pipeline.tables import read_homes  # noqa: PLC0415

        counted = self.files() if homes is None else homes
        whole = {home: files for home, files in counted.items() if files.keys() >= SCHEMAS.keys()}
        return dict(read_homes(Lake(url=self.url), whole))

    def files(self) -> Homes:
        """List the newest file of each table and home, without asking MongoDB which one counts.

        A folder has one file, but for the moments in which a home is made anew, and after a crash in them until the next
        run: then the newest may be one that does not count yet, and the tables of that home may be of two states. Who
        must be exact even then gives `store.home_tables.HomeTables(database).all()` as `homes`. The home of the canary's
        parties, which are ours and not people's, is left out.
        """
        return self._listed("*", "home")

    def _listed(self, name: str, key: str = "*") -> Homes:
        import fsspec  # noqa: PLC0415

        from pipeline.aggregations.scopes import CANARY  # noqa: PLC0415
        from pipeline.lake import TABLES  # noqa: PLC0415

        files, root = fsspec.core.url_to_fs(self.url)
        newest: dict[tuple[str, str], tuple[Any, str]] = {}
        for path in sorted(files.glob(f"{root}/{TABLES}/{name}/{key}=*/[!.]*.parquet")):
            found = PurePosixPath(path)
            table, home = found.parts[-3], found.parts[-2].partition("=")[2]
            if home != CANARY:
                this = (files.modified(path), f"{TABLES}/{'/'.join(found.parts[-3:])}")
                newest[home, table] = max(this, newest.get((home, table), this))
        counted: dict[str, dict[str, str]] = {}
        for (home, table), (_, file) in sorted(newest.items()):
            counted.setdefault(home, {})[table] = file
        return counted


def open_lake(url: str | None = None, *, date: str | None = None) -> OpenLake:
    """Open the lake at `url` (else `MATINEE_LAKE`, else `matinee-data/lake`): its events, all or those received on `date`.

    Each row is one event (columns: docs/lake.md). A duplicate that a client sent again after midnight stands in both
    days: `drop_duplicates("event_id")` where that matters. The tables are those of all days.
    """
    from pipeline.lake import Lake, as_dataframe  # noqa: PLC0415 - pyarrow and Dask load only for those who open the lake

    where = url or os.environ.get("MATINEE_LAKE") or DEFAULT_LAKE
    return OpenLake(where, as_dataframe(Lake(url=where), date=date))


def _table(homes: Homes, url: str, name: str) -> Any:
    """Read a table of some homes; a function of the module, so that workers can be sent it."""
    from pipeline.aggregations.tables import SCHEMAS  # noqa: PLC0415
    from pipeline.lake import Lake  # noqa: PLC0415
    from pipeline.tables import read_homes  # noqa: PLC0415

    lake = Lake(url=url)
    held = {home: files for home, files in homes.items() if name in files}
    if name in SCHEMAS:
        return read_homes(lake, held, [name])[name]
    return _joined(lake.read_table(files[name]) for files in held.values())


def _joined(parts: Iterable[Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.concat_tables(list(parts)).to_pandas()
