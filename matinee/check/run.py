"""All checks in their order; a check whose ground failed is left out, because it could only repeat the fault."""

from collections.abc import Callable, Iterator
from functools import partial

from conf import secrets as secrets_file
from conf.secrets import Secrets
from conf.settings import Settings
from matinee import database
from matinee.check import machine, services
from matinee.check.database import database as check_database
from matinee.check.outcome import Outcome, tried


def run(read_settings: Callable[[], Settings]) -> Iterator[Outcome]:
    """Yield each outcome as it is found."""
    read: list[Settings] = []

    def settings_are_good() -> str:
        read.append(read_settings())
        return "read"

    yield tried("settings", settings_are_good, "`matinee settings --help` shows the table")
    if read:
        yield from _run(read[0])


def _run(settings: Settings) -> Iterator[Outcome]:
    folder = tried("data folder", partial(machine.data_folder, settings))
    yield folder
    secrets = None
    if folder.ok:
        found = tried(
            "secrets", partial(machine.secrets, settings), "correct it, or put back the file that belongs here"
        )
        yield found
        yield tried("disk", partial(machine.disk, settings))
        secrets = secrets_file.load_or_create(settings.data) if found.ok else None
    yield tried("port", partial(machine.port, settings))
    if secrets is not None:
        yield tried("database", partial(_database, settings, secrets))
    yield tried("bus", partial(services.bus, settings))
    yield tried("statsd", partial(services.statsd, settings), "MATINEE_STATSD=host:port")
    yield tried("ffmpeg", partial(machine.ffmpeg, settings), "pip install 'matinee[embedded]'")
    yield tried("dask", partial(machine.dask, settings), "pip install 'matinee[pipeline]'")
    yield tried("dask cluster", partial(services.dask_cluster, settings))
    yield tried("mail", partial(services.mail, settings))
    yield tried("google", partial(services.google, settings, secrets))


def _database(settings: Settings, secrets: Secrets) -> str:
    with database.at_hand(settings, secrets) as uri:
        return check_database(uri, settings.mongo_database)
