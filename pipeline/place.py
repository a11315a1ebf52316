"""Where a task finds its inputs: small enough to be sent to any worker, which opens its own connection and files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from pymongo.database import Database

from pipeline.lake import Lake
from store.blocking import connect_blocking


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A database and a lake, by their addresses, and the key of the lake's pseudonyms."""

    uri: str
    database: str
    lake: str
    lake_key: str

    def __repr__(self) -> str:
        """Hide the password in the URI, and the key."""
        return f"Place(database={self.database!r}, lake={self.lake!r})"

    @contextmanager
    def connected(self) -> Iterator[Database[dict[str, Any]]]:
        """Open the database for the time of the block."""
        database = connect_blocking(self.uri, self.database)
        try:
            yield database
        finally:
            database.client.close()

    def open_lake(self) -> Lake:
        return Lake(url=self.lake)
