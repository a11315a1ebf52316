"""A mongod of a benchmark's own, in a folder that goes with it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod


@contextmanager
def own_mongod() -> Iterator[str]:
    """Give the address of a mongod that runs as long as the block does."""
    with tempfile.TemporaryDirectory() as folder:
        embedded = EmbeddedMongod(Path(folder), load_or_create(Path(folder), {}))
        try:
            yield embedded.start()
        finally:
            embedded.stop()
