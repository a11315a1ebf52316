"""`matinee mongod`: the embedded database alone, for service managers."""

import asyncio

import click

from conf.settings import Settings
from matinee.faults import Fault
from matinee.lifeline import stop_requested
from matinee.mongod import EmbeddedMongod
from matinee.options import prepared_data, secrets_of, with_settings
from matinee.parts import MongodPart


@click.command()
@with_settings(serves=True)
def mongod(settings: Settings) -> None:
    """Run the embedded MongoDB alone, until SIGTERM or Ctrl-C."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    asked = asyncio.create_task(stop_requested())
    embedded = EmbeddedMongod(
        prepared_data(settings), secrets_of(settings), settings.mongo_binary, database=settings.mongo_database
    )
    part = MongodPart(embedded)
    click.echo(f"mongod: {await part.start()}")
    ended = asyncio.create_task(part.ended())
    await asyncio.wait([asked, ended], return_when=asyncio.FIRST_COMPLETED)
    died = ended.done()
    ended.cancel()
    await part.stop()
    if died:
        raise Fault("mongod ended", f"its log is {settings.data / 'log' / 'mongod.log'}")
