"""`matinee serve`: the whole system on one machine."""

import asyncio
import importlib.util
import socket
import tempfile
from pathlib import Path

import click
import msgspec

from conf import metrics as metrics_port
from conf.clock import SystemClock
from conf.settings import Settings
from matinee import listening
from matinee.check.machine import disk
from matinee.faults import Fault
from matinee.lifeline import stop_requested
from matinee.mongod import EmbeddedMongod
from matinee.nats_server import EmbeddedNats
from matinee.options import prepared_data, secrets_of, shared_arguments, with_settings
from matinee.parts import CommandPart, MongodPart, NatsPart
from matinee.running import FolderLock
from matinee.supervisor import Part, Supervisor

DEMO_SECONDS = 300.0
"""The first start renders clips: 10 s on two quiet cores, and far more on a small or busy machine."""
DEMO_STOP_SECONDS = 1.5


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for beside the settings."""

    demo: bool
    workers: int
    pipeline: bool
    embedded: bool


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve (8888); 0 takes a free one.")
@click.option("--address", help="Address to serve (127.0.0.1).")
@click.option("--demo", is_flag=True, help="Add demo accounts, clips and a live party.")
@click.option("--workers", type=click.IntRange(1), default=1, help="Web processes that share the parties.")
@click.option("--no-pipeline", is_flag=True, help="Start no analytics jobs.")
@click.option("--no-embedded", is_flag=True, help="Start no database: use that of MATINEE_MONGO_URI.")
@with_settings("port", "address", serves=True)
def serve(settings: Settings, *, demo: bool, workers: int, no_pipeline: bool, no_embedded: bool) -> None:
    """Start everything on this machine: database, web node, analytics jobs; Ctrl-C stops all of it."""
    wishes = Wishes(demo=demo, workers=workers, pipeline=not no_pipeline, embedded=not no_embedded)
    _refuse_what_cannot_be(settings, wishes)
    data = prepared_data(settings)
    disk(settings)
    with FolderLock(data) as lock:
        secrets_of(settings)
        lock.wait_for_leftovers()
        with (
            listening.bound(settings.address, settings.port) as listener,
            tempfile.TemporaryDirectory(prefix="matinee-") as folder,  # a short path: those of Unix sockets are bounded
        ):
            asyncio.run(_serve(settings, wishes, listener, Path(folder)))


async def _serve(settings: Settings, wishes: Wishes, listener: socket.socket, folder: Path) -> None:
    asked = asyncio.create_task(stop_requested())
    metrics = metrics_port.from_setting(settings.statsd, settings.statsd_prefix)
    supervisor = Supervisor(
        stages=_stages(settings, wishes, listener, folder), clock=SystemClock(), metrics=metrics, say=click.echo
    )
    starting = asyncio.create_task(supervisor.start())
    await asyncio.wait([starting, asked], return_when=asyncio.FIRST_COMPLETED)
    try:
        if starting.done():
            starting.result()
            click.echo(f"matinee ready {listening.url_of(listener)}")
            await asked
            listener.close()
            await supervisor.stop()
        else:
            starting.cancel()
            await asyncio.wait([starting])
    finally:
        asked.cancel()
        metrics.close()


def _stages(settings: Settings, wishes: Wishes, listener: socket.socket, folder: Path) -> list[list[Part]]:
    shared = shared_arguments(settings)
    descriptor = listener.fileno()
    several = wishes.workers > 1
    nats = EmbeddedNats(settings.data) if several and not settings.nats_url else None

    def together(number: int) -> list[str]:
        many = several and settings.parties_together
        return ["--together", str(folder), str(number), str(wishes.workers)] if many else []

    stages: list[list[Part]] = [
        [
            CommandPart(
                name=f"web {number}" if several else "web",
                arguments=["web", "--socket", str(descriptor), *together(number), *shared],
                keep_open=[descriptor],
                environment={"MATINEE_NATS_URL": nats.url} if nats else None,
            )
            for number in range(1, wishes.workers + 1)
        ]
    ]
    if wishes.pipeline:
        stages[0].append(CommandPart(name="pipeline", arguments=["pipeline", "scheduler", *shared]))
    if not settings.mongo_uri:
        mongod = EmbeddedMongod(
            settings.data, secrets_of(settings), settings.mongo_binary, database=settings.mongo_database
        )
        stages.insert(0, [MongodPart(mongod)])
    if nats is not None:
        stages.insert(0, [NatsPart(nats)])
    if wishes.demo:
        demo = CommandPart(
            name="demo",
            arguments=["demo", *shared],
            start_seconds=DEMO_SECONDS,
            stop_seconds=DEMO_STOP_SECONDS,
        )
        stages.append([demo])
    return stages


def _refuse_what_cannot_be(settings: Settings, wishes: Wishes) -> None:
    if not wishes.embedded and not settings.mongo_uri:
        raise Fault("--no-embedded: no database is left", "set MATINEE_MONGO_URI to your own MongoDB")
    if wishes.pipeline and importlib.util.find_spec("dask") is None:
        raise Fault("Dask is not installed", "pip install 'matinee[pipeline]', or start with --no-pipeline")
