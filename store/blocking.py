"""The same database for the pipeline's processes and threads, which block."""

from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from store.clients import CALL_TIMEOUT_MS, OPTIONS


def connect_blocking(uri: str, database: str) -> Database[dict[str, Any]]:
    """Open `database` with the store's promises: majority, journal, aware datetimes.

    Close it by `.client.close()`. Every process opens its own: a client does not survive a fork.
    """
    return MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=CALL_TIMEOUT_MS, **OPTIONS)[database]
