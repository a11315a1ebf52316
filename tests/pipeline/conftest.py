from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from matinee.mongod import EmbeddedMongod
from pipeline.place import Place
from store.blocking import connect_blocking
from store.indexes import INDEXES
from tests.pipeline.stored import LAKE_KEY


@pytest.fixture
def place(mongod: EmbeddedMongod, database: str, tmp_path: Path) -> Place:
    """Give a fresh database and a fresh lake."""
    return Place(uri=mongod.uri, database=database, lake=str(tmp_path / "lake"), lake_key=LAKE_KEY)


@pytest.fixture
def mongo(place: Place) -> Iterator[Database[dict[str, Any]]]:
    """Open the database of `place`, with its indexes."""
    database = connect_blocking(place.uri, place.database)
    for name, models in INDEXES.items():
        database[name].create_indexes(models)
    yield database
    database.client.close()
