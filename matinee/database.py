"""Which database a command works on: your own, the running embedded one, or an embedded one for the moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from conf.secrets import Secrets
from conf.settings import Settings
from matinee.faults import Fault
from matinee.mongod import EmbeddedMongod, running_uri


def known_uri(settings: Settings, secrets: Secrets) -> str | None:
    """Address of your own MongoDB or of the running embedded one; None where neither is there."""
    return settings.mongo_uri or running_uri(settings.data.absolute(), secrets, settings.mongo_database)


def running(settings: Settings, secrets: Secrets) -> str:
    """Like `known_uri`, for a part that cannot do without."""
    uri = known_uri(settings, secrets)
    if uri is None:
        raise Fault(
            f"no database runs on {settings.data}",
            "start `matinee serve` or `matinee mongod` there, or set MATINEE_MONGO_URI",
        )
    return uri


@contextmanager
def at_hand(settings: Settings, secrets: Secrets) -> Iterator[str]:
    """Give the address of a database, started for the block only where none runs."""
    if uri := known_uri(settings, secrets):
        yield uri
        return
    mongod = EmbeddedMongod(settings.data, secrets, settings.mongo_binary, database=settings.mongo_database)
    try:
        yield mongod.start()
    finally:
        mongod.stop()
