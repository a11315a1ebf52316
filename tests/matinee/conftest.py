import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from conf.secrets import load_or_create
from conf.settings import Settings
from matinee import listening
from matinee.composition import Node, web_node
from matinee.mongod import EmbeddedMongod
from tests.fakes.web_node import Served


@pytest.fixture
def serve(tmp_path: Path, mongod: EmbeddedMongod, database: str, io_loop: IOLoop) -> Iterator[Any]:
    """Start a node with further settings; it is drained at the end."""
    started: list[tuple[Node, socket.socket]] = []

    async def make(**further: Any) -> Served:
        settings = Settings(data=tmp_path, mongo_database=database, **further)
        node = await web_node(settings=settings, secrets=load_or_create(tmp_path, {}), uri=mongod.uri)
        listener = listening.bound("127.0.0.1", 0)
        node.listen(listener)
        started.append((node, listener))
        return Served(node, listener)

    yield make
    for node, listener in started:
        io_loop.run_sync(node.drain, timeout=20)
        listener.close()
