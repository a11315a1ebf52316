"""What every test gets: silence is checked, and real parts are started once a session."""

import asyncio
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest
import structlog
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from conf.clock import SystemClock
from conf.metrics import NullMetrics
from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod
from store import indexes
from store.database import Store, connect
from store.ids import new_id
from store.indexes import INDEXES
from tests.canary import Canary
from tests.running_system import RunningSystem

Collections = dict[str, Any]
"""Of a database: their ids by their names."""

# A busy machine is no failure; and where a run decides whether a change lands, it decides the same each time.
hypothesis.settings.register_profile("matinee", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("matinee"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "matinee")


class ExpectedLogs(logging.Handler):
    """Collects warnings and worse; what a test did not announce fails it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._seen: set[re.Pattern[str]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.name}: {record.getMessage()}"
        for pattern in self._expected:
            if pattern.search(line):
                self._seen.add(pattern)
                return
        self.unexpected.append(line)

    @contextmanager
    def expect(self, pattern: str) -> Iterator[None]:
        """Announce a line that must appear inside the block."""
        compiled = re.compile(pattern)
        self._expected.append(compiled)
        yield
        self._expected.remove(compiled)
        assert compiled in self._seen, f"no log line matched {pattern!r}"

    def allow(self, pattern: str) -> None:
        """Announce a line that may appear until the test ends."""
        self._expected.append(re.compile(pattern))


@pytest.fixture(scope="session", autouse=True)
def main_loop() -> Iterator[None]:
    """Own the loop that stands between tests.

    Tornado's `make_current` asks asyncio for the present loop and puts it back; asyncio would make one that nobody
    closes, and a later test that runs a command in this process would be blamed for it.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session", autouse=True)
def canary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    """Remember every secret that the session mints, and search all that it logs for them at its end."""
    path = tmp_path_factory.mktemp("canary") / "log.txt"
    with path.open("w", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patch:
        found = Canary(file)
        found.watch(patch)
        found.listen()
        yield found
        logging.getLogger().removeHandler(found)
        for system in RunningSystem.started:
            found.installation(system.data)
            found.read(system.error_log)
    leaks = found.found(path.read_text(encoding="utf-8"))
    request.config.stash[CANARY] = found.says(leaks)
    assert not leaks, "secrets in the log:\n" + "\n".join(leaks[:50])


CANARY = pytest.StashKey[str]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that shows the run, where this is one of several that share its tests."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["canary"] = session.config.stash.get(CANARY, "")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    said = node.config.stash.setdefault(CANARY, "")
    told = getattr(node, "workeroutput", {}).get("canary", "")
    node.config.stash[CANARY] = "\n".join(filter(None, (said, told)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the canary has searched, at the end of each run."""
    terminalreporter.write_line(config.stash.get(CANARY, ""))


@pytest.fixture(autouse=True)
def logs(canary: Canary) -> Iterator[ExpectedLogs]:
    """Fail a test that logs a warning or an error that it did not announce."""
    canary.listen()
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            # Plain as in production: with rich at hand it would show the local variables of each frame too.
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = ExpectedLogs()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    assert not handler.unexpected, "unexpected log lines:\n" + "\n".join(handler.unexpected)


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongod]:
    """Run one real mongod, with authentication and a replica set of one, for the whole session."""
    data = tmp_path_factory.mktemp("mongod")
    embedded = EmbeddedMongod(data, load_or_create(data, {}))
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture(scope="session")
def mongo_client(mongod: EmbeddedMongod) -> Iterator[MongoClient[dict[str, Any]]]:
    """Look at the databases past the store."""
    with MongoClient[dict[str, Any]](mongod.uri, tz_aware=True) as client:
        yield client


@pytest.fixture(scope="session")
def spare_databases() -> dict[str, Collections]:
    """Empty databases, with their collections: making one with its indexes and dropping it costs as much as many a test."""
    return {}


@pytest.fixture
def database(
    mongod: EmbeddedMongod, mongo_client: MongoClient[dict[str, Any]], spare_databases: dict[str, Collections]
) -> Iterator[str]:
    """Name an empty database of the test's own, with its indexes."""
    if spare_databases:
        name, made = spare_databases.popitem()
    else:
        name = f"matinee_{new_id(SystemClock().now_ms())[-16:]}"
        mongod.grant(name)
        for collection, models in INDEXES.items():
            mongo_client[name][collection].create_indexes(models)
        made = collections_of(mongo_client[name])
    yield name
    for collection in collections_of(mongo_client[name]).keys() - INDEXES.keys():
        mongo_client[name].drop_collection(collection)
    if collections_of(mongo_client[name]) == made:  # a collection that was dropped is another one now, without indexes
        for collection in filled(mongo_client[name]):
            mongo_client[name][collection].delete_many({})
        spare_databases[name] = made
    else:
        mongo_client.drop_database(name)


def collections_of(database: Any) -> Collections:
    return {each["name"]: each["info"].get("uuid") for each in database.list_collections()}


def filled(database: Any) -> list[str]:
    """Name the collections that hold something, asking once."""
    first, *others = [[{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}] for name in INDEXES]
    unions = [
        {"$unionWith": {"coll": name, "pipeline": look}} for name, look in zip([*INDEXES][1:], others, strict=True)
    ]
    return [row["name"] for row in database[next(iter(INDEXES))].aggregate([*first, *unions])]


@contextmanager
def indexes_are_there() -> Iterator[None]:
    """Open a store on such a database without asking for each of its indexes: that takes 0.1 s, of two thousand tests."""

    async def made(_database: Any, _calls: Any) -> None:
        pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexes, "ensure", made)
        yield


@pytest.fixture
def store(mongod: EmbeddedMongod, database: str, io_loop: IOLoop) -> Iterator[Store]:
    """Open a store on a fresh database, in the test's own loop."""

    async def opened() -> Store:
        with indexes_are_there():
            return await connect(uri=mongod.uri, database=database, clock=SystemClock(), metrics=NullMetrics())

    store = io_loop.run_sync(opened)
    yield store
    io_loop.run_sync(store.close)
