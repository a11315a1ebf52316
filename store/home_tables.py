"""The manifest of the lake's tables, kept in `job_runs`: which files of each home count, and on which days they have rows.

The outcome of a run of `tables` is `{version, files: {table: name}, days, rows, parties}`; its slot is the home.
"""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo.database import Database

TABLES = "tables"
Files = Mapping[str, str]
"""Names of files by table."""


class HomeTables:
    """Reads the outcomes of `tables`, for the pipeline's processes."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._runs = database["job_runs"]

    def of_homes(self, homes: Collection[str]) -> dict[str, Files]:
        """Name the files of some homes, by home."""
        return self._files({"_id": {"$in": [f"{TABLES}:{home}" for home in sorted(homes)]}})

    def on_day(self, day: str) -> dict[str, Files]:
        """Name the files of all homes that have rows on a UTC day, by home."""
        return self._files({"outcome.days": day})

    def all(self) -> dict[str, Files]:
        """Name the files of all homes, by home."""
        return self._files({})

    def outdated(self, version: int) -> list[str]:
        """Name the homes whose tables were made under another version."""
        query = {"job": TABLES, "outcome.version": {"$exists": True, "$ne": version}}
        return sorted(row["slot"] for row in self._runs.find(query, {"slot": 1}))

    def _files(self, query: dict[str, Any]) -> dict[str, Files]:
        rows = self._runs.find(
            {"job": TABLES, "outcome.files": {"$exists": True}, **query}, {"slot": 1, "outcome.files": 1}
        )
        return {row["slot"]: row["outcome"]["files"] for row in rows.sort("slot")}
