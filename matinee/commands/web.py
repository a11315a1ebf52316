"""`matinee web`: one web node alone, for service managers, and as the part that `matinee serve` supervises."""

import asyncio
import os
import socket
from pathlib import Path

import click
import msgspec
import uvloop

from conf import collector
from conf.secrets import Secrets
from conf.settings import Settings
from matinee import database, listening
from matinee.check.database import database as check_database
from matinee.composition import web_node
from matinee.handoff import Place
from matinee.lifeline import Lifeline, part, stop_requested
from matinee.options import prepared_data, secrets_of, with_settings
from matinee.running import WebRecord, forget_web, record_web
from store.errors import StoreError


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve (8888); 0 takes a free one.")
@click.option("--address", help="Address to serve (127.0.0.1).")
@click.option("--socket", "descriptor", type=int, help="Serve on this listening socket, inherited by its number.")
@click.option(
    "--together", type=(Path, int, int), help="Share parties with other workers: folder, number, of how many."
)
@part
@with_settings("port", "address", serves=True)
def web(
    settings: Settings, *, lifeline: Lifeline, descriptor: int | None, together: tuple[Path, int, int] | None
) -> None:
    """Run one web node: pages, REST and websockets. It needs a database that runs."""
    prepared_data(settings)
    secrets = secrets_of(settings)
    listener = (
        listening.bound(settings.address, settings.port) if descriptor is None else listening.inherited(descriptor)
    )
    with listener:
        port = listener.getsockname()[1]
        place = Place(*together) if together else None
        uvloop.run(_serve(msgspec.structs.replace(settings, port=port), secrets, lifeline, listener, place))


async def _serve(
    settings: Settings, secrets: Secrets, lifeline: Lifeline, listener: socket.socket, place: Place | None
) -> None:
    asked = asyncio.create_task(stop_requested())
    uri = database.running(settings, secrets)
    try:
        node = await web_node(settings=settings, secrets=secrets, uri=uri)
    except StoreError:
        # Which of the many reasons it is, and the mend, `matinee check` knows how to find out.
        await asyncio.to_thread(check_database, uri, settings.mongo_database)
        raise
    collector.calm()
    node.listen(listener, place)
    record = WebRecord(url=listening.url_of(listener), pid=os.getpid())
    record_web(settings.data, record)
    lifeline.ready(f"{record.url} (pid {record.pid})")
    await asked
    forget_web(settings.data, record.pid)
    await node.drain()
